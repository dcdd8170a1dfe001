/** CPU, memory and descriptors of agent and broker, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldBpf } from '../../test/helpers/bpf-objects';

/** USER_HZ. */
const ticksPerSecond = 100;

/** Clock ticks of CPU: of its threads in user mode and in the kernel, then of its children that have ended. */
function ticks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map(Number);
}

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** Seconds of CPU of all its threads, and of its children that have ended: the walkers. */
export const cpuSeconds = (pid) => sum(ticks(pid)) / ticksPerSecond;

/** Of the threads that live, as the scheduler counts. */
function threadNanoseconds(pid) {
  const folder = `/proc/${pid}/task`;
  return sum(
    readdirSync(folder).map((thread) =>
      Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]),
    ),
  );
}

/** The same in milliseconds, exact but for the children: a list costs less than a tick. */
export function cpuMs(pid) {
  const children = sum(ticks(pid).slice(2));
  return threadNanoseconds(pid) / 1e6 + (1000 * children) / ticksPerSecond;
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
