/** Output of `sockscope --help`, and of `--help` after each verb. */

import type { verbs } from './verbs';

interface VerbHelp {
  readonly usage: string;
  /** What it does, its options, and its exit codes besides the common ones. */
  readonly text: string;
  readonly hasFilter?: true;
}

const filterTerms = `Filter terms must all hold; commas are alternatives; a leading - negates:
  :3000  port:3000,3001  remote:5432  remote:10.0.0.5  remote:10.0.0.5:5432  addr:10.0.0.5
  pid:42  process:node  state:established  proto:udp  user:postgres  net:4026531840  container:web
  cookie:4711.  Words without a key are free text, for list and inspect only.
`;

const helps: Readonly<Record<keyof typeof verbs, VerbHelp>> = {
  list: {
    usage: `  sockscope list    [FILTER...] [--watch] [--json]`,
    text: `list prints the sockets that match, with their processes, peers and cookies. --watch prints sockets that come,
change or are closed, and why, until Ctrl-C. Ten and more connections in close-wait that a program does not close are
reported on standard error.
`,
    hasFilter: true,
  },
  inspect: {
    usage: `  sockscope inspect FILTER... [--json]`,
    text: `inspect shows the numbers of exactly one socket, and its processes: whether a dead peer is noticed, when the kernel
gives up, whether a server accepts, what the program does not close, and how many client ports to the remote are used.

Exit codes: 0 shown; 1 failed; 2 usage, or several match; 4 nothing matched.
`,
    hasFilter: true,
  },
  destroy: {
    usage: `  sockscope destroy FILTER... [--end local|peer] [--yes] [--dry-run] [--include-listeners]
                    [--include-lifeline] [--engine auto|bpf|sock_diag] [--json]
  sockscope destroy --next FILTER... [--at connect|established] [--wait 30s] [--yes] [--json]`,
    text: `destroy aborts what matches, after a plan and a question: the program lives on and gets ECONNABORTED, its peer
ECONNRESET. --end peer aborts at the other end of each connection that matches, when it is on this machine: the
program that matches sees ECONNRESET, as in a real outage. --next waits for the next connection instead.

Exit codes: 0 all destroyed, reset or gone; 1 some not; 2 usage; 3 no agent, or denied for all; 4 nothing matched.
`,
    hasFilter: true,
  },
  drill: {
    usage: `  sockscope drill   FILTER... [--times 5] [--every 5s] [--jitter 20%] [--wait 30s] [--end local|peer]
                    [--one-of-pool] [--fault FAULT --down 10s] [--expect-within 2s] [--at-least N]
                    [--junit FILE] [--yes] [--json]`,
    text: `drill destroys what matches, round by round, and measures how its program connects again. With --fault the
remote is held down meanwhile: refused, unreachable, denied (connects fail at once) or blackhole (packets
vanish). It waits for all connections that were cut, for at most --wait, and says how many came back; the next round
begins --every after that. --one-of-pool cuts one of them in each round. --expect-within is for all connections of
each round, with --at-least for so many of them.

Exit codes: 0 measured, and as expected in each round; 1 not as expected, or failed;
2 usage; 3 no agent, or denied for all; 4 nothing matched: there is no second round then.
`,
    hasFilter: true,
  },
  outage: {
    usage: `  sockscope outage  FILTER... --for 10s [--fault FAULT] [--detach] [--yes] [--json]
  sockscope outage  list [--json]
  sockscope outage  stop ID [--json]`,
    text: `outage holds a remote down for a while: refused, unreachable, denied (connects fail at once) or blackhole (packets
vanish). It ends after its time, with Ctrl-C, or with the agent; with --detach, not with this command.
`,
    hasFilter: true,
  },
  why: {
    usage: `  sockscope why     [ADDRESS:]PORT [--udp] [--net NAME] [--json]`,
    text: `why names who or what holds a port, tries real binds, and says what to run next; --net takes a name of ip netns, a
container or an inode. With an address (127.0.0.1:3000, [::1]:3000, localhost:3000) it is about binds to that alone.
`,
  },
  free: {
    usage: `  sockscope free    [ADDRESS:]PORT [--udp] [--net NAME] [--yes] [--signal TERM|KILL] [--grace 3s]
                    [--take-over] [--include-inheritors] [--include-sessions] [--json]`,
    text: `free does the mildest thing that frees it, and proves that by a bind: a server gets SIGTERM, or what would start it
again is stopped; what is left of connections is destroyed. --take-over destroys the listening socket instead, and its
process lives on, deaf. With an address (127.0.0.1:3000, [::1]:3000, localhost:3000) nothing at another one ends;
without one, a server is left alone that only binds to 0.0.0.0 or :: meet. What only inherited the socket from its
server, and what carries the sessions of others (an ssh master, tmux), ends with --include-inheritors and
--include-sessions alone; a master closes just the forward where it can.

Exit codes: 0 free, or free already; 1 still busy, or not wanted; 2 usage; 3 no agent, or denied for all.
`,
  },
  log: {
    usage: `  sockscope log     [--since 7d] [--json]`,
    text: `log shows what was done, and what was refused, for you, in the last 24 hours or since --since 7d; root sees it for
everybody.
`,
  },
  doctor: {
    usage: `  sockscope doctor  [--json]`,
    text: `doctor checks what works on this machine, and says what to do about what does not.
`,
  },
  agent: {
    usage: `  sockscope agent   serve [--scope mine|all] [--read-only] [--idle-exit 10m]
  sockscope agent   restart [as for serve]
  sockscope agent   status [--json]
  sockscope agent   stop
  sockscope agent   install [--unit USER]
  sockscope agent   uninstall [--logs keep|remove]`,
    text: `agent serve starts the agent, with sudo; restart stops the one that runs, also one of another version, and serves in
its place. install copies Sockscope to where only root can change what sudo starts, or updates that copy; with --unit,
systemd starts the agent for that user from then on without a password, for every program of that user. uninstall
removes the copy, its agents and units, and on request the audit log.
`,
  },
};

/** The usage of all verbs. */
export const help = `Usage:
${Object.values(helps)
  .map(({ usage }) => usage)
  .join('\n')}

${filterTerms}
sockscope VERB --help says what a verb does. Exit codes where it names none: 0 done; 1 failed; 2 usage; 3 no agent, or
denied.
`;

export function helpOf(verb: keyof typeof verbs): string {
  const { usage, text, hasFilter } = helps[verb];
  return `Usage:\n${usage}\n\n${text}${hasFilter ? `\n${filterTerms}` : ''}`;
}
