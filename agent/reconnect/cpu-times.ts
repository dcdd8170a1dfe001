/** Detects a spinning process: for three seconds it uses, or waits for, more than 80 % of a CPU. */

import type { ProcessId } from '../protocol';
import { readText } from '../system/proc-files';
import { processStat } from '../system/process-stat';

const spinningShare = 0.8;
const spinningMs = 3000;
const msPerTick = 10;

interface Sample {
  readonly at: number;
  /** CPU time of all threads. */
  readonly usedMs: number;
  /** Time that the main thread ran or waited for a CPU: on a busy machine, a spinning program gets less than it wants. */
  readonly wantedMs: number;
}

export class CpuTimes {
  readonly #processes: readonly ProcessId[];
  /** By pid, oldest first. */
  readonly #samples = new Map<number, Sample[]>();
  #spins = false;

  constructor(processes: readonly ProcessId[]) {
    this.#processes = processes;
  }

  /** Call about twice a second. */
  sample(now: number): void {
    for (const process of this.#processes) {
      const stat = processStat(process);
      if (stat.life !== 'running') continue;
      const sample = { at: now, usedMs: stat.cpuTicks * msPerTick, wantedMs: wantedMs(process.pid) };
      const samples = [...(this.#samples.get(process.pid) ?? []), sample];
      while (samples[1] && now - samples[1].at >= spinningMs) samples.shift();
      this.#samples.set(process.pid, samples);
      const [first] = samples;
      if (first && now - first.at >= spinningMs && shareBetween(first, sample) > spinningShare)
        this.#spins = true;
    }
  }

  get spins(): boolean {
    return this.#spins;
  }
}

function shareBetween(first: Sample, last: Sample): number {
  return Math.max(last.usedMs - first.usedMs, last.wantedMs - first.wantedMs) / (last.at - first.at);
}

/** From /proc/PID/schedstat: time that it ran and waited to run; 0 where the kernel keeps none. */
function wantedMs(pid: number): number {
  const [ran = 0, waited = 0] = readText(pid, 'schedstat').split(' ').map(Number);
  return (ran + waited) / 1e6;
}
