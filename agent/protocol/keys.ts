/** Identity of sockets and processes, as keys of maps and ids of rows. */

import type { ProcessId } from './inspect';
import type { Endpoint, SocketId, Target } from './sockets';

/** `netns:cookie`: identifies a socket until the machine restarts. */
export function idKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}

/** `pid.startTime`: identifies a process, since the kernel uses pids again. */
export function processKey({ pid, startTime }: ProcessId): string {
  return `${pid}.${startTime}`;
}

/** Each process once, in the order of its first occurrence. */
export function uniqueProcesses<Process extends ProcessId>(processes: readonly Process[]): Process[] {
  return [...new Map(processes.map((process) => [processKey(process), process])).values()];
}

export function sameTuple(a: Target, b: Target): boolean {
  return a.protocol === b.protocol && sameEndpoint(a.local, b.local) && sameEndpoint(a.remote, b.remote);
}

export function sameEndpoint(a: Endpoint | null, b: Endpoint | null): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}
