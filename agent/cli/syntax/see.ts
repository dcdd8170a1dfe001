/** Verbs that only look. */

import { flag, json, valued, verb } from './syntax';

export const list = verb({
  name: 'list',
  summary: 'shows the sockets that match, with their processes',
  operands: '[FILTER...]',
  options: { watch: flag('Prints what comes, changes or is closed, and why, until Ctrl-C'), json },
  text: `Prints the sockets that match, with their processes, peers and cookies. Ten and more connections in close-wait that a program does not close are reported on standard error, and so is that no socket matches.`,
  exits: {
    0: 'listed, also where no socket matches',
    1: 'failed',
    2: 'usage',
    3: 'the agent cannot be used',
  },
});

export const inspect = verb({
  name: 'inspect',
  summary: 'shows the numbers of one socket, and its processes',
  operands: 'FILTER...',
  options: { json },
  text: `Shows the numbers of exactly one socket, and its processes: whether a dead peer is noticed, when the kernel gives up, whether a server accepts, what the program does not close, and how many client ports to the remote are used.`,
  exits: { 0: 'shown', 1: 'failed', 2: 'usage, or several match', 4: 'nothing matched' },
});

export const liveness = verb({
  name: 'liveness',
  summary: 'shows after how long connections give up a dead peer',
  operands: '[FILTER...]',
  options: {
    'expect-within': valued('DURATION', '', 'Exits with 1 unless all notice within that time, such as 60s'),
    json,
  },
  text: `Shows, of each TCP connection that matches, after how long it would notice that its peer has died without a word: while idle (keepalive), and while sending (retransmits, TCP_USER_TIMEOUT). The worst come first; how the client sets it is reported on standard error. The times are those of the kernel's timers, not measured.`,
  exits: {
    0: 'shown, or all notice in time',
    1: 'some do not',
    2: 'usage',
    3: 'no agent',
    4: 'nothing matched',
  },
});

export const leaks = verb({
  name: 'leaks',
  summary: 'finds connections that programs do not close',
  operands: '[FILTER...]',
  options: {
    watch: valued('DURATION', '', 'Looks seven times in so long, such as 1m, and finds what grows, too'),
    silent: valued('DURATION', '1h', 'From when on a connection counts as silent'),
    'at-most': valued('N', '', 'Also finds more connections of one process to one remote than these'),
    json,
  },
  text: `Finds, of the TCP connections that match: three and more of one process to one remote in close-wait, or which have received nothing for an hour; with --watch, those to one remote that become more in at least three of six parts of that time, and fewer in none; with --at-most, pools that are larger. Each comes with the connections that show it.`,
  exits: { 0: 'none was found', 1: 'some were found, or failed', 2: 'usage', 3: 'the agent cannot be used' },
  json: 'connections, watchedMs, silentUnknown (a sentence, or null); leaks (kind: close-wait, growing, silent or beyond, owner, where, count, perMinute, sockets)',
});

export const history = verb({
  name: 'history',
  summary: 'shows TCP connections that opened, failed to open, and ended',
  operands: '[FILTER...]',
  options: {
    since: valued('DURATION', '', 'Only what happened in so much last time, such as 10m'),
    watch: flag('Prints connections as they happen, until Ctrl-C; keeps the history meanwhile'),
    json,
  },
  text: `Shows the last TCP connections, with process, duration, bytes and reason: also those that lasted for less than a millisecond, and those that came to nothing. addr:3000 has both who connected to that port and who failed to. The agent keeps the newest 10,000 that programs connected and the newest 10,000 others, in memory alone, while history --watch runs, Show History of VS Code is open, or its setting sockscope.history is on. Of others' connections, only those to listeners of yours, unless the agent runs with --scope all.`,
  exits: {
    0: 'shown, also where nothing matches',
    1: 'no history is kept, or failed',
    2: 'usage',
    3: 'no agent',
  },
  json: 'keptSince, completeSince, dropped, lost; connections (id, netns, cookie, event: opened, failed or ended, at, direction: out, in or null, local, remote, uid, process, peer, connectMs, durationMs, sentBytes, receivedBytes, reason, errno); with --watch, each of these in a line of its own, and event: missing (dropped, lost) where some are missing',
});

export const capture = verb({
  name: 'capture',
  summary: 'writes the packets of exactly the connections that match, for Wireshark',
  operands: 'FILTER...',
  options: {
    for: valued('DURATION', '', 'How long, such as 30s; it is needed'),
    write: {
      ...valued('FILE', '', 'Where to, as PCAPNG; - is standard output; it is needed'),
      short: 'w',
    },
    packets: valued('N', '', 'Ends after so many packets'),
    size: valued('SIZE', '100MB', 'Ends before the file is larger'),
    snap: valued('BYTES', '131072', 'So much of each packet, from the IP header on'),
    force: flag('Replaces a file that is there'),
    json,
  },
  text: `Copies the packets of living connections, and of new ones that match by their remote or process, until its time is over, or Ctrl-C. They are taken where your end of the connection sends or gets them, so also those that an outage or a firewall drops afterwards; each is marked as in or out, and the first one of each connection names its process. Where both ends match, the end that connected is captured. The file is written as your user, readable for you alone, with the first packet. Only your own ends are captured, unless the agent has --scope all. Live: sockscope capture remote:5432 --for 10m -w - | wireshark -k -i -`,
  exits: {
    0: 'captured',
    1: 'failed, or no packet was seen',
    2: 'usage',
    3: 'no agent, or denied for all',
    4: 'nothing matched',
  },
  json: 'file, packets, in, out, cut, lost, connections, opened, bytes, endedBy (time, stopped, packets or size)',
});

export const log = verb({
  name: 'log',
  summary: 'shows what was done and refused for you',
  operands: '',
  options: { since: valued('DURATION', '24h', 'How far back, such as 7d'), json },
  text: `Shows what was done, and what was refused, for you; root sees it for everybody.`,
});

export const doctor = verb({
  name: 'doctor',
  summary: 'checks what works on this machine',
  operands: '',
  options: { log: flag('Also prints all that libbpf and the kernel said'), json },
  text: `Checks what works on this machine, and says what to do about what does not.`,
});
