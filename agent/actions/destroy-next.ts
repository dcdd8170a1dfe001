/** Waits for the next connection that matches, and destroys it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-jsonrpc';
import { inScope } from '../access/scope';
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

/** Milliseconds between two looks at connections that are not yet what is waited for: doubled from the first to the last. */
const pauses = { first: 5, last: 200 };

/** Connects that are looked at together; the oldest are forgotten when a storm makes more. */
const mostSeen = 1000;

export async function destroyNext(
  context: Context,
  client: ClientIdentity,
  params: DestroyNextParams,
  filter: Filter,
  cancelled: CancellationToken,
): Promise<DestroyNextResult> {
  const attempts = context.requireHooks();
  const candidates = new Map<string, ConnectEvent>();
  const wake = new AutoResetEvent();
  cancelled.onCancellationRequested(() => wake.set());
  const end = await attempts.watch({
    filter: attemptFilter(filter),
    onEvent: (event) => {
      if (event.kind !== 'connect' || event.errno !== 0) return;
      keep(candidates, event);
      wake.set();
    },
  });
  try {
    return await wait({ context, client, params, filter, candidates, wake, cancelled });
  } finally {
    await end();
  }
}

interface Wait {
  readonly context: Context;
  readonly client: ClientIdentity;
  readonly params: DestroyNextParams;
  readonly filter: Filter;
  /** Connects that have not been told from the awaited one yet, by cookie, oldest first. */
  readonly candidates: Map<string, ConnectEvent>;
  readonly wake: AutoResetEvent;
  readonly cancelled: CancellationToken;
}

async function wait(waiting: Wait): Promise<DestroyNextResult> {
  const { context, client, params, candidates, wake, cancelled } = waiting;
  const deadline = Date.now() + params.waitMs;
  let pause = pauses.first;
  while (Date.now() < deadline && !cancelled.isCancellationRequested) {
    const seen = candidates.size === 0 ? undefined : await pick(waiting);
    if (seen) {
      const target = { ...params, targets: [targetOf(seen.socket)] };
      const [result] = await destroy(context, client, target, destroyNextMethod.method);
      if (result && result.outcome !== 'gone' && result.outcome !== 'changed')
        return { result, socket: seen.socket };
    } else {
      const left = deadline - Date.now();
      const woken = await wake.wait(candidates.size === 0 ? left : Math.min(pause, left));
      pause = woken ? pauses.first : Math.min(2 * pause, pauses.last);
      // A storm of connects that do not match must not become a storm of looks.
      if (woken && candidates.size > 1) await sleep(pauses.first);
    }
  }
  return { result: null, socket: null };
}

/** The first candidate that matches and has come far enough; drops those that never will. */
async function pick({ context, client, params, filter, candidates }: Wait): Promise<SeenSocket | undefined> {
  const inventory = await context.scanner.scan();
  const matches = matcher(filter);
  for (const record of [...candidates.values()]) {
    const seen = inventory.get(record);
    if (!seen) candidates.delete(record.cookie);
    // A socket may have been connected elsewhere before: it counts once its remote is the one it is connecting to.
    else if (
      isConnectedTo(seen, record) &&
      !(params.at === 'established' && seen.socket.state === 'syn-sent')
    ) {
      candidates.delete(record.cookie);
      const allowed = !seen.socket.lifeline && inScope(seen, inventory, client, context.options.scope);
      if (allowed && matches(seen.socket)) return seen;
    }
  }
  return undefined;
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
    if (candidates.size <= mostSeen) return;
    candidates.delete(cookie);
  }
}

/** What every match must have, so that the hook can leave out the rest. */
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
