/** CPU, memory and descriptors of agent and broker, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldBpf } from '../../test/helpers/bpf-objects';

/** USER_HZ. */
const ticksPerSecond = 100;

/** Seconds of CPU of all its threads, and of its children that have ended: the walkers. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [utime, stime, cutime, cstime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return (utime + stime + cutime + cstime) / ticksPerSecond;
}

/** The share of one core that each process uses within so many seconds. */
export async function cpuShares(pids, seconds) {
  const before = pids.map(cpuSeconds);
  const started = performance.now();
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - started) / 1000;
  return pids.map((pid, index) => (cpuSeconds(pid) - before[index]) / elapsed);
}

/** Megabytes of memory, and the numbers of file descriptors and BPF objects. */
export function holdings(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)[1]);
  const { prog, map, link } = heldBpf(pid);
  return {
    megabytes: kilobytes / 1024,
    fds: readdirSync(`/proc/${pid}/fd`).length,
    bpf: prog.length + map.length + link.length,
  };
}
