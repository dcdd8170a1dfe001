/** /proc/PID/stat of exactly the process that is meant. */

import { readFileSync } from 'node:fs';
import type { Owner } from './protocol';

export interface ProcessStat {
  /** One letter, as ps shows it; Z is a process that has ended. */
  readonly state: string;
  /** User and system time in clock ticks of 1/100 s (USER_HZ). */
  readonly cpuTicks: number;
}

/** Null: the process is gone, or the pid is another's by now. */
export function processStat({ pid, startTime }: Pick<Owner, 'pid' | 'startTime'>): ProcessStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may hold anything; the rest starts with field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[19] !== startTime) return null;
    return { state: fields[0] ?? '', cpuTicks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}

export function isRunning(owner: Pick<Owner, 'pid' | 'startTime'>): boolean {
  const stat = processStat(owner);
  return stat !== null && stat.state !== 'Z';
}
