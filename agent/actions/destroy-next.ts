/** Waits for the next connection that matches, and destroys it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-jsonrpc';
import { allowedOf } from '../access/verdicts';
import type { AttemptFilter, ConnectEvent } from '../broker-link/attempt-records';
import { AutoResetEvent } from '../common/auto-reset-event';
import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import type { SeenSocket } from '../inventory/inventory';
import {
  type DestroyNextParams,
  type DestroyNextResult,
  destroyNext as destroyNextMethod,
  type Filter,
  targetOf,
  withoutMapping,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { destroy } from './destroy';

/** Milliseconds between two checks of pending connections: doubled from the first to the last. */
const pollMs = { first: 5, last: 200 };

/** Connects that are checked together; in a storm the oldest are dropped. */
const maxCandidates = 1000;

export async function destroyNext(
  context: Context,
  client: ClientIdentity,
  params: DestroyNextParams,
  filter: Filter,
  cancelled: CancellationToken,
): Promise<DestroyNextResult> {
  const attempts = context.requireHooks();
  const candidates = new Map<string, ConnectEvent>();
  let dropped = 0;
  const wake = new AutoResetEvent();
  cancelled.onCancellationRequested(() => wake.set());
  const end = await attempts.watch({
    filter: attemptFilter(filter),
    onEvent: (event) => {
      if (event.kind === 'lost') dropped += event.others; // a refused one is never destroyed
      if (event.kind !== 'connect' || event.errno !== 0) return;
      keep(candidates, event);
      wake.set();
    },
  });
  try {
    const found = await wait({ context, client, params, filter, candidates, wake, cancelled });
    return { ...found, dropped };
  } finally {
    await end();
  }
}

interface Wait {
  readonly context: Context;
  readonly client: ClientIdentity;
  readonly params: DestroyNextParams;
  readonly filter: Filter;
  /** Connects that may still become a match, by cookie, oldest first. */
  readonly candidates: Map<string, ConnectEvent>;
  readonly wake: AutoResetEvent;
  readonly cancelled: CancellationToken;
}

async function wait(waiting: Wait): Promise<Omit<DestroyNextResult, 'dropped'>> {
  const { context, client, params, candidates, wake, cancelled } = waiting;
  const deadline = performance.now() + params.waitMs;
  let pauseMs = pollMs.first;
  while (performance.now() < deadline && !cancelled.isCancellationRequested) {
    const seen = candidates.size === 0 ? undefined : await pick(waiting);
    if (seen) {
      const target = { ...params, targets: [targetOf(seen.socket)] };
      const [result] = await destroy(context, { method: destroyNextMethod.method, client }, target);
      if (result && result.outcome !== 'gone' && result.outcome !== 'changed')
        return { result, socket: seen.socket };
    } else {
      const leftMs = deadline - performance.now();
      const woken = await wake.wait(candidates.size === 0 ? leftMs : Math.min(pauseMs, leftMs));
      pauseMs = woken ? pollMs.first : Math.min(2 * pauseMs, pollMs.last);
      // A storm of connects that do not match must not become a storm of scans.
      if (woken && candidates.size > 1) await sleep(pollMs.first);
    }
  }
  return { result: null, socket: null };
}

/** The first candidate that matches, has reached the wanted state, and is in scope; drops those that never will. */
async function pick({ context, params, filter, candidates }: Wait): Promise<SeenSocket | undefined> {
  const inventory = await context.scanner.scan();
  const matches = matcher(filter);
  const found = new Map<SeenSocket, ConnectEvent>();
  for (const record of [...candidates.values()]) {
    const seen = inventory.get(record);
    if (!seen) candidates.delete(record.cookie);
    // A socket may have been connected to another remote before: it counts once it has the new one.
    else if (
      isConnectedTo(seen, record) &&
      !(params.at === 'established' && seen.socket.state === 'syn-sent')
    ) {
      candidates.delete(record.cookie);
      if (!seen.socket.lifeline && matches(seen.socket)) found.set(seen, record);
    }
  }
  if (found.size === 0) return undefined;
  const [first, ...others] = await allowedOf(context.requireBroker(), [...found.keys()]);
  // Their turn comes if the first one turns out to be gone.
  for (const other of others) candidates.set(other.record.cookie, found.get(other) as ConnectEvent);
  return first;
}

function isConnectedTo({ socket: { remote } }: SeenSocket, record: ConnectEvent): boolean {
  if (remote?.port !== record.remote.port) return false;
  const [seen, meant] = [remote.address, record.remote.address].map(withoutMapping);
  // Connecting to the wildcard address means connecting to loopback.
  return seen === meant || meant === '0.0.0.0' || meant === '::';
}

function keep(candidates: Map<string, ConnectEvent>, record: ConnectEvent): void {
  candidates.delete(record.cookie);
  candidates.set(record.cookie, record);
  for (const cookie of candidates.keys()) {
    if (candidates.size <= maxCandidates) return;
    candidates.delete(cookie);
  }
}

/** The conditions of the filter that the hook can check, so that it reports less. */
function attemptFilter(filter: Filter): AttemptFilter {
  let wanted: AttemptFilter = { follows: false, watchedOnly: false };
  for (const term of filter) {
    if (term.negated || term.values.length !== 1) continue;
    if (term.key === 'proto' && term.values[0]) wanted = { ...wanted, protocol: term.values[0] };
    if (term.key === 'remote' && term.values[0]?.port)
      wanted = { ...wanted, remotePort: term.values[0].port };
  }
  return wanted;
}
