/** Names of programs whose processes have none of their own, read while the process is there. */

import { processesNamed } from '../broker-link/history-records';
import type { ProgramRecord } from '../broker-link/records';
import { type PastProcess, processKey } from '../protocol';
import { commandLineOf } from '../system/command-line';
import { startTimeOf } from '../system/process-stat';
import { nameless, programName } from '../system/processes';

/** The newest of them are remembered, and so many are read at the same time. */
const maxKnown = 1000;
const maxRead = 8;

export class ProgramNames {
  readonly #known = new Map<string, string>();
  readonly #reads = new Set<Promise<void>>();

  /** Call it as soon as these records have come. */
  see(records: Buffer): void {
    for (const process of processesNamed(records, nameless)) this.#learn(process);
  }

  /** Resolves once all that are being read now were. */
  async learned(): Promise<void> {
    await Promise.all(this.#reads);
  }

  named(process: ProgramRecord): PastProcess {
    return { ...process, name: this.#known.get(processKey(process)) ?? process.name };
  }

  #learn(process: ProgramRecord): void {
    if (this.#reads.size >= maxRead) return;
    const key = processKey(process);
    if (this.#known.has(key)) return;
    this.#known.set(key, process.name);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
    const read = this.#read(key, process).finally(() => this.#reads.delete(read));
    this.#reads.add(read);
  }

  async #read(key: string, { pid, startTime, name }: ProgramRecord): Promise<void> {
    const command = await commandLineOf(pid);
    // Another process may have the pid by now.
    if (command !== '' && startTimeOf(pid) === startTime) this.#known.set(key, programName(name, command));
  }
}
