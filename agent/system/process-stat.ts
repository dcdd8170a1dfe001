/** Reads /proc/PID/stat: whether a process still runs, its parent, its CPU time. */

import type { ProcessId } from '../protocol';
import { readText } from './proc-files';

/** USER_HZ, the unit of start times and CPU times. */
export const ticksPerSecond = 100;

export type ProcessStat =
  /** User and system time in clock ticks. */
  | { readonly life: 'running'; readonly cpuTicks: number }
  /** Ended, or another process has the pid now. */
  | { readonly life: 'ended' }
  /** /proc hides it from us (hidepid). */
  | { readonly life: 'unknown' };

export function processStat({ pid, startTime }: ProcessId): ProcessStat {
  // First: what was read of a hidden process may be older than its end.
  if (!exists(pid)) return { life: 'ended' };
  const fields = statFields(pid);
  if (!fields) return { life: 'unknown' };
  if (fields[startTimeField] !== startTime || isZombie(fields)) return { life: 'ended' };
  return { life: 'running', cpuTicks: Number(fields[userField]) + Number(fields[systemField]) };
}

/** Pid of the parent; 0: none, or not known. */
export function parentOf(pid: number): number {
  return Number(statFields(pid)?.[parentField] ?? 0);
}

/** Clock ticks since boot; `0`: not known. */
export function startTimeOf(pid: number): string {
  return statFields(pid)?.[startTimeField] ?? '0';
}

/** Indexes of fields, counted from the third one of /proc/PID/stat: the name, field 2, may hold any text. */
const [stateField, parentField, userField, systemField, threadsField, startTimeField] = [
  0, 1, 11, 12, 17, 19,
];

/** A process in state Z with more than one thread has lost its first thread only, and still runs. */
function isZombie(fields: readonly string[]): boolean {
  return fields[stateField] === 'Z' && Number(fields[threadsField]) <= 1;
}

/** Null: gone, or hidden from this user. */
function statFields(pid: number): string[] | null {
  const stat = readText(pid, 'stat');
  return stat === '' ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
