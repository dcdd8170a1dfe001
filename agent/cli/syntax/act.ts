/** Verbs that destroy, degrade or tune connections, or hold remotes down. */

import { directions, ends, engineChoices, faults, moments } from '../../protocol/choices';
import { choice, flag, json, valued, verb, yes } from './syntax';

const faultText = 'refused, unreachable, denied (connects fail at once) or blackhole (packets vanish)';

export const destroy = verb({
  name: 'destroy',
  summary: 'aborts the connections that match; their programs live on',
  operands: 'FILTER...',
  options: {
    end: choice(ends, 'local', 'Which end of each connection is aborted'),
    yes,
    'dry-run': flag('Shows the plan, and does nothing'),
    'include-listeners': flag('Destroys listening sockets, too: their programs live on, deaf'),
    'include-lifeline': flag('With one exact cookie: also what carries your own session'),
    engine: choice(engineChoices, 'auto', 'What destroys'),
    next: flag('Waits for the next connection that matches, and destroys that'),
    at: choice(moments, 'connect', 'With --next: when'),
    wait: valued('DURATION', '30s', 'With --next: how long it waits'),
    json,
  },
  text: `Aborts what matches, after a plan and a question: the program lives on and gets ECONNABORTED, its peer ECONNRESET. --end peer aborts at the other end of each connection that matches, when it is on this machine: the program that matches sees ECONNRESET, as in a real outage.`,
  exits: {
    0: 'all destroyed, reset or gone',
    1: 'some not',
    2: 'usage',
    3: 'no agent, or denied for all',
    4: 'nothing matched',
  },
});

export const tune = verb({
  name: 'tune',
  summary: 'sets after how long living connections give up a dead peer',
  operands: 'FILTER...',
  options: {
    keepalive: valued('IDLE/INTERVAL/PROBES', '', 'SO_KEEPALIVE with these, such as 30s/10s/3; or off'),
    'user-timeout': valued('DURATION', '', 'TCP_USER_TIMEOUT, such as 20s; or off'),
    restore: flag('Gives back what they had before they were first tuned'),
    yes,
    json,
  },
  text: `Sets keepalive or TCP_USER_TIMEOUT on the TCP connections that match, of whatever program, while they live: after a table of what each would notice before and after, and a question. Afterwards each is read again. --restore gives back what was: the kernel keeps that with the connection while the agent runs that tuned it. Connections stay tuned when the agent ends. Of a connection with somebody else, only your own end is tuned. sockscope liveness shows what is set.`,
  exits: {
    0: 'all tuned, restored or gone',
    1: 'some not',
    2: 'usage',
    3: 'no agent, or denied for all',
    4: 'nothing matched',
  },
});

export const drill = verb({
  name: 'drill',
  summary: 'destroys round by round, and measures how a program reconnects',
  operands: 'FILTER...',
  options: {
    times: valued('N', '5', 'Rounds'),
    every: valued('DURATION', '5s', 'From the end of a round to the next one'),
    jitter: valued('PERCENT', '0%', 'By how much that varies, such as 20%'),
    wait: valued('DURATION', '30s', 'How long each round waits for what was cut'),
    end: choice(ends, 'local', 'Which end of each connection is aborted'),
    'one-of-pool': flag('Cuts one of the connections in each round'),
    fault: choice(faults, '', 'Holds the remote down after the cut'),
    down: valued('DURATION', '', 'With --fault: for how long (10s)'),
    'expect-within': valued('DURATION', '', 'Fails unless all came back in this time in each round'),
    'at-least': valued('N', '', 'With --expect-within: unless so many did'),
    junit: valued('FILE', '', 'Writes a report for a CI job'),
    yes,
    json,
  },
  text: `Destroys what matches, round by round, and measures how its program connects again. With --fault the remote is held down meanwhile: ${faultText}, and nothing is destroyed in a blackhole. It waits for all connections that were cut, for at most --wait, and says how many came back; the next round begins --every after that.`,
  exits: {
    0: 'measured, and as expected in each round',
    1: 'not as expected, or failed',
    2: 'usage',
    3: 'no agent, or denied for all',
    4: 'nothing matched: there is no second round then',
  },
});

const outageList = verb({
  name: 'outage list',
  summary: 'shows the outages that run',
  operands: '',
  options: { json },
  text: 'Shows the outages that run, with their ids.',
});

const outageStop = verb({
  name: 'outage stop',
  summary: 'ends an outage',
  operands: 'ID',
  options: { json },
  text: 'Ends the outage of this id, which sockscope outage list shows.',
});

export const outage = verb({
  name: 'outage',
  summary: 'holds a remote down for a while',
  operands: 'FILTER...',
  options: {
    for: valued('DURATION', '', 'How long, such as 10s; it is needed'),
    fault: choice(faults, 'refused', 'What connects and packets meet'),
    detach: flag('It goes on without this command'),
    yes,
    json,
  },
  text: `Holds a remote down for a while: ${faultText}. Live connections that match are destroyed at its start; in a blackhole they stall instead. It ends after its time, with Ctrl-C, or with the agent; with --detach, not with this command.`,
  verbs: [outageList, outageStop],
});
export const degrade = verb({
  name: 'degrade',
  summary: 'makes connections lossy, slow or half-open for a while, and measures it',
  operands: 'FILTER...',
  options: {
    loss: valued('PERCENT', '', 'So many of the packets vanish, such as 5% or 0.5%'),
    seed: valued('N', '', 'With --loss: which of them; another number each time'),
    rate: valued('RATE', '', 'Each connection gets and sends so much at most, such as 100kB/s'),
    'half-open': flag('All packets of one connection vanish, and neither end is told'),
    direction: choice(directions, 'both', 'Packets that the program gets, sends, or both'),
    for: valued('DURATION', '', 'How long, such as 30s; it is needed'),
    yes,
    json,
  },
  text: `Makes connections lossy, slow or half-open, those that live and new ones, and destroys none. --loss drops a share of the packets: the same ones of so many with the same --seed, which is shown. --rate holds back what is sent faster, of each connection and in each direction: B/s, kB/s, MB/s or GB/s, of 1000. Directions are those of the program that connected, where it is on this machine. --half-open is for exactly one TCP connection, or one end of it: all that this end sends or gets vanishes, so that the other end hears nothing, not even an orderly close; new connections go on. Afterwards what was asked for stands beside what was measured. It ends after its time, with Ctrl-C, with sockscope outage stop, or with the agent.`,
  exits: {
    0: 'measured',
    1: 'failed, or no packet matched; with --rate: no data',
    2: 'usage',
    3: 'no agent',
  },
  json: 'outage (as of outage list), measured (in, out, both: seen, dropped, percent or null, bytes, bytesPerSecond), sockets (of a rate, or null), cancelled; asked (how, direction, forMs)',
});

export const outageVerbs = { list: outageList, stop: outageStop };

export const run = verb({
  name: 'run',
  summary: 'runs a scenario of a file: faults, and what is expected of a program',
  operands: 'FILE',
  options: {
    junit: valued('FILE', '', 'Writes a report for a CI job'),
    schema: flag('Prints the JSON schema of these files, for editors'),
    yes,
    json,
  },
  text: `Takes the steps of a YAML file, one after the other: wait until sockets match a filter, destroy, outage, drill and degrade, with what is expected of each: recovered-within, at-least, attempts-at-most, no-crash, no-leak; of a degrade the last two. A destroy and an outage are measured as a drill of one round. The first step that fails ends it, and the others are skipped. Before each fault it asks, as drill does.`,
  exits: {
    0: 'all as expected',
    1: 'not as expected, or failed',
    2: 'usage, or a mistake in the file',
    3: 'no agent, or denied for all',
    4: 'nothing matched where something was to be cut',
  },
  json: 'scenario, passed; steps (loop, step, kind, name, outcome: passed, failed or skipped, message, failures, durationMs, drill: as of drill, or null, degrade likewise)',
});
