/** The timers of TCP connections, read on request. */

import type { Context } from '../context';
import { sameTuple, type TcpTimers, type TimersParams } from '../protocol';

/** In the order of the targets; null: closed, another one by now, or held by no process. Errors: needsAgent, kernelRefused. */
export async function tcpTimers(
  context: Context,
  { targets }: TimersParams,
): Promise<{ readonly timers: readonly (TcpTimers | null)[] }> {
  const broker = context.requireBroker('Reading the timers of a connection');
  const inventory = await context.scanner.scanFor(targets);
  const places: number[] = [];
  const held = targets.flatMap((target, place) => {
    const seen = inventory.get(target);
    const owner = seen?.socket.owners[0]?.pid;
    if (!seen || owner === undefined || seen.socket.protocol !== 'tcp' || !sameTuple(target, seen.socket))
      return [];
    places.push(place);
    return [{ ...seen.record, owner }];
  });
  const timers: (TcpTimers | null)[] = targets.map(() => null);
  if (held.length === 0) return { timers };
  const found = await broker.tcpTimers(held);
  found.forEach((of, at) => {
    timers[places[at] ?? 0] = of;
  });
  return { timers };
}
