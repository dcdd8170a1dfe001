/** What the connections of a list would notice, the worst first. */

import { limits, readTimers, type Socket, type TcpTimers, targetOf } from '../../protocol';
import type { Requester } from '../requester';
import { type Liveness, predict } from './predict';

export interface LiveConnection extends Liveness {
  readonly socket: Socket;
  readonly timers: TcpTimers;
}

export interface ReadLiveness {
  readonly connections: readonly LiveConnection[];
  /** Connections whose timers are not known: closed since they were listed, or held by no process that is seen. */
  readonly unknown: readonly Socket[];
}

/** Whether the kernel has timers for it that end it. */
export function hasPeer({ protocol, state }: Pick<Socket, 'protocol' | 'state'>): boolean {
  return protocol === 'tcp' && (state === 'established' || state === 'close-wait');
}

/** `sockets`: of which hasPeer holds. Errors: needsAgent, kernelRefused. */
export async function readLiveness(requester: Requester, sockets: readonly Socket[]): Promise<ReadLiveness> {
  const connections: LiveConnection[] = [];
  const unknown: Socket[] = [];
  for (const [socket, timers] of await readTimersOf(requester, sockets))
    if (timers) connections.push({ socket, timers, ...predict(timers) });
    else unknown.push(socket);
  return { connections: connections.sort(worstFirst), unknown };
}

/** Null: not known. `sockets` and errors: as for readLiveness. */
export async function readTimersOf(
  requester: Requester,
  sockets: readonly Socket[],
): Promise<(readonly [Socket, TcpTimers | null])[]> {
  const found: (readonly [Socket, TcpTimers | null])[] = [];
  for (let start = 0; start < sockets.length; start += limits.targets) {
    const page = sockets.slice(start, start + limits.targets);
    const { timers } = await requester.request(readTimers, { targets: page.map(targetOf) });
    page.forEach((socket, at) => {
      found.push([socket, timers[at] ?? null]);
    });
  }
  return found;
}

function worstFirst(a: Liveness, b: Liveness): number {
  const idle = (of: Liveness) => of.idleMs ?? Number.MAX_VALUE;
  return idle(b) - idle(a) || b.sendingMs - a.sendingMs;
}

/** Whether it would notice within that time, idle or not. */
export function noticesWithin({ idleMs, sendingMs }: Liveness, ms: number): boolean {
  return idleMs !== null && idleMs <= ms && sendingMs <= ms;
}
