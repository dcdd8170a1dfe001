/** Reads processes through the broker where /proc hides them from the agent (hidepid). */

import type { ProcessFiles } from '../broker-link/process-records';
import { readVisible, remember } from './proc-files';
import { parentOf } from './process-stat';

/** In order; null: it has ended, or is not within the scope. */
type ReadFiles = (pids: readonly number[]) => Promise<readonly (ProcessFiles | null)[]>;

/** Ask once this process has the uid that it keeps: pid 1 is another user's. */
export function hidesProcesses(): boolean {
  return isHidden(1);
}

export class HiddenProcesses {
  readonly #read: ReadFiles;

  constructor(read: ReadFiles) {
    this.#read = read;
  }

  /** Reads these processes and those above them: for a moment, they can be described. Errors: brokerLost, kernelRefused. */
  async learn(pids: Iterable<number>): Promise<void> {
    const asked = new Set<number>();
    for (let due = [...pids]; due.length > 0; due = due.map(parentOf)) {
      due = [...new Set(due)].filter((pid) => pid > 0 && !asked.has(pid) && isHidden(pid));
      if (due.length === 0) return;
      for (const pid of due) asked.add(pid);
      const found = await this.#read(due);
      remember(new Map(due.map((pid, at) => [pid, found[at] ?? null])));
    }
  }
}

function isHidden(pid: number): boolean {
  return readVisible(pid, 'stat') === '';
}
