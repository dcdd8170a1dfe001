/** Waits for the next connection that matches, and destroys it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-jsonrpc';
import { destroy } from './destroy';
import type { SeenSocket } from './inventory';
import { matcher } from './match';
import {
  type DestroyNextParams,
  type DestroyNextResult,
  destroyNext as destroyNextMethod,
  ErrorCode,
  type Filter,
  protocolError,
} from './protocol';
import type { ConnectRecord } from './records';
import { type Client, inScope } from './scope';
import type { Service } from './service';
import { targetOf } from './target';

/** Milliseconds between two looks at connections that are not yet what is waited for: doubled from the first to the last. */
const pauses = { first: 2, last: 200 };

/** Connects that are looked at together; the oldest are forgotten when a storm makes more. */
const mostSeen = 1000;

export async function destroyNext(
  service: Service,
  client: Client,
  params: DestroyNextParams,
  filter: Filter,
  cancelled: CancellationToken,
): Promise<DestroyNextResult> {
  const { connects, features } = service.part;
  if (!features.connectHooks)
    throw protocolError(
      ErrorCode.kernelRefused,
      'The connect hooks cannot be attached here: run sockscope doctor',
    );
  const candidates = new Map<string, ConnectRecord>();
  const alarm = new Alarm();
  const stopWatching = await connects.watch((record) => {
    candidates.delete(record.cookie);
    candidates.set(record.cookie, record);
    for (const cookie of candidates.keys()) if (candidates.size > mostSeen) candidates.delete(cookie);
    alarm.ring();
  });
  cancelled.onCancellationRequested(() => alarm.ring());
  try {
    const deadline = Date.now() + params.waitMs;
    let pause = pauses.first;
    while (Date.now() < deadline && !cancelled.isCancellationRequested) {
      const seen =
        candidates.size === 0 ? undefined : await pick(service, client, params, filter, candidates);
      if (!seen) {
        const left = deadline - Date.now();
        const rang = await alarm.wait(candidates.size === 0 ? left : Math.min(pause, left));
        pause = rang ? pauses.first : Math.min(2 * pause, pauses.last);
        continue;
      }
      const target = { ...params, targets: [targetOf(seen.socket)] };
      const [result] = await destroy(service, client, target, destroyNextMethod.method);
      if (result && result.outcome !== 'gone') return { result, socket: seen.socket };
    }
    return { result: null, socket: null };
  } finally {
    await stopWatching();
  }
}

/** A pause that can be cut short; a ring between two waits is not lost. */
class Alarm {
  #bell = new AbortController();

  ring(): void {
    this.#bell.abort();
  }

  /** True: it rang. */
  async wait(ms: number): Promise<boolean> {
    const { signal } = this.#bell;
    await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
    if (signal.aborted) this.#bell = new AbortController();
    return signal.aborted;
  }
}

/** The first candidate that matches and has come far enough; drops those that never will. */
async function pick(
  service: Service,
  client: Client,
  { at }: DestroyNextParams,
  filter: Filter,
  candidates: Map<string, ConnectRecord>,
): Promise<SeenSocket | undefined> {
  const inventory = await service.look();
  const matches = matcher(filter);
  for (const record of [...candidates.values()]) {
    const seen = inventory.get(record);
    if (seen?.socket.remote == null) {
      // Not connected yet, or over before it was looked at: the next look tells.
      if (seen === undefined) candidates.delete(record.cookie);
      continue;
    }
    if (at === 'established' && seen.socket.state === 'syn-sent') continue;
    candidates.delete(record.cookie);
    const lifeline = seen.socket.lifeline;
    if (matches(seen.socket) && !lifeline && inScope(seen, inventory, client, service.options.scope))
      return seen;
  }
  return undefined;
}
