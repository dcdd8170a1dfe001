/** What identifies a socket or a process, as keys of maps and ids of rows, and what is compared besides. */

import { formatTuple } from './address';
import type { ProcessId } from './inspect';
import type { SocketId, Target } from './sockets';

/** A socket, for as long as the machine runs. */
export function idKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}

/** A process: its pid alone is another's after its end. */
export function processKey({ pid, startTime }: ProcessId): string {
  return `${pid}.${startTime}`;
}

/** Each process once, as it comes first. */
export function uniqueProcesses<Process extends ProcessId>(processes: readonly Process[]): Process[] {
  return [...new Map(processes.map((process) => [processKey(process), process])).values()];
}

export function sameTuple(a: Target, b: Target): boolean {
  return a.protocol === b.protocol && formatTuple(a) === formatTuple(b);
}
