/** Output of `sockscope --help`. */
export const help = `Usage:
  sockscope list    [FILTER...] [--watch] [--json]
  sockscope inspect FILTER... [--json]
  sockscope destroy FILTER... [--end local|peer] [--yes] [--dry-run] [--include-listeners]
                    [--include-lifeline] [--engine auto|bpf|sock_diag] [--json]
  sockscope destroy --next FILTER... [--at connect|established] [--wait 30s] [--yes] [--json]
  sockscope drill   FILTER... [--times 5] [--every 5s] [--jitter 20%] [--wait 30s] [--end local|peer]
                    [--one-of-pool] [--fault FAULT --down 10s] [--expect-within 2s] [--junit FILE] [--yes] [--json]
  sockscope outage  FILTER... --for 10s [--fault FAULT] [--detach] [--yes] [--json]
  sockscope outage  list [--json]
  sockscope outage  stop ID [--json]
  sockscope why     PORT [--udp] [--net NAME] [--json]
  sockscope free    PORT [--udp] [--net NAME] [--yes] [--signal TERM|KILL] [--grace 3s] [--take-over] [--json]
  sockscope log     [--since 7d] [--json]
  sockscope doctor  [--json]
  sockscope agent   serve [--scope mine|all] [--read-only] [--idle-exit 10m]
  sockscope agent   restart [as for serve]
  sockscope agent   status [--json]
  sockscope agent   stop

Filter terms must all hold; commas are alternatives; a leading - negates:
  :3000  port:3000,3001  remote:5432  remote:10.0.0.5  remote:10.0.0.5:5432  addr:10.0.0.5
  pid:42  process:node  state:established  proto:udp  user:postgres  net:4026531840  container:web
  cookie:4711.  Words without a key are free text, for list and inspect only.

list --watch prints sockets that come, change or are closed, and why, until Ctrl-C.
inspect shows the numbers of exactly one socket, and its processes.
destroy --end peer aborts at the other end of each connection that matches, when it is on this machine:
the program that matches sees ECONNRESET, as in a real outage.

drill destroys what matches, round by round, and measures how its program connects again. With --fault the
remote is held down meanwhile: refused, unreachable, denied (connects fail at once) or blackhole (packets
vanish). It waits for all connections that were cut, for at most --wait, and says how many came back; the next round
begins --every after that. Exit 1 unless all came back within --expect-within in each round.
outage holds a remote down for a while; it ends after its time, with Ctrl-C, or with the agent.

why names who or what holds a port, and tries real binds; --net takes a name of ip netns, a container or an inode.
free does the mildest thing that frees it, and proves that by a bind: a server gets SIGTERM, or what would start it
again is stopped; what is left of connections is destroyed. --take-over destroys the listening socket instead, and its
process lives on, deaf.

log shows what was done, and what was refused, for you, in the last 24 hours or since --since 7d; root sees it for
everybody.

agent restart stops the agent that runs, also one of another version, and serves in its place.

Exit codes of free: 0 free, or free already; 1 still busy, or not wanted; 2 usage; 3 no agent, or denied for all.
Exit codes of destroy: 0 all destroyed, reset or gone; 1 some not; 2 usage; 3 no agent, or denied for all;
4 nothing matched.
`;
