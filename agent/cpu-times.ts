/** Whether one of some processes spins: more than 80 % of a CPU for three seconds. */

import { processStat } from './process-stat';
import type { ProcessId } from './protocol';

const spinningShare = 0.8;
const spinningMs = 3000;
const ticksPerMs = 0.1;

export class CpuTimes {
  readonly #processes: readonly ProcessId[];
  /** CPU ticks of each process by pid, with when they were read, oldest first. */
  readonly #samples = new Map<number, { readonly at: number; readonly ticks: number }[]>();
  #spins = false;

  constructor(processes: readonly ProcessId[]) {
    this.#processes = processes;
  }

  /** To be called about twice a second. */
  sample(now: number): void {
    for (const process of this.#processes) {
      const stat = processStat(process);
      if (stat.life !== 'running') continue;
      const samples = this.#samples.get(process.pid) ?? [];
      samples.push({ at: now, ticks: stat.cpuTicks });
      this.#samples.set(process.pid, samples);
      while (samples[1] && now - samples[1].at >= spinningMs) samples.shift();
      const [first] = samples;
      if (!first || now - first.at < spinningMs) continue;
      if ((stat.cpuTicks - first.ticks) / ((now - first.at) * ticksPerMs) > spinningShare) this.#spins = true;
    }
  }

  get spins(): boolean {
    return this.#spins;
  }
}
