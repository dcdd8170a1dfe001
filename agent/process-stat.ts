/** Whether exactly the process that is meant still runs, and how much CPU it has used. */

import { readFileSync } from 'node:fs';
import type { Owner } from './protocol';

export type ProcessStat =
  /** User and system time in clock ticks of 1/100 s (USER_HZ). */
  | { readonly life: 'running'; readonly cpuTicks: number }
  /** Ended, or the pid is another's by now. */
  | { readonly life: 'ended' }
  /** /proc hides it from us (hidepid). */
  | { readonly life: 'unknown' };

export function processStat({ pid, startTime }: Pick<Owner, 'pid' | 'startTime'>): ProcessStat {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return { life: exists(pid) ? 'unknown' : 'ended' };
  }
  // The name, field 2, may hold anything; the rest starts with field 3, the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[19] !== startTime || fields[0] === 'Z') return { life: 'ended' };
  return { life: 'running', cpuTicks: Number(fields[11]) + Number(fields[12]) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
