/** The difference between two scans, computed once for all watchers. */

import type { EndFacts } from '../inventory/end-facts';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { sameOwners } from '../inventory/owners';
import type { EndReason, Socket } from '../protocol';
import { processStat } from '../system/process-stat';

interface ClosedSocket {
  /** Its last known form. */
  readonly seen: SeenSocket;
  readonly reason: EndReason;
}

export interface Difference {
  readonly added: readonly SeenSocket[];
  readonly changed: readonly { readonly before: SeenSocket; readonly now: SeenSocket }[];
  /** Gone, or closed though a descriptor is left. */
  readonly closed: readonly ClosedSocket[];
}

/**
 * Without a scan before (null), the difference is empty. `eventsWatched`: the kernel's events are watched; without them the
 * reason of most ends is unknown. `beganAt`: monotonic milliseconds at which the present scan began.
 */
export function difference(
  before: Inventory | null,
  now: Inventory,
  ends: EndFacts,
  eventsWatched: boolean,
  beganAt: number,
): Difference {
  if (!before) {
    for (const { socket, closed } of now.all()) if (!closed) ends.revived(socket, beganAt);
    return { added: [], changed: [], closed: [] };
  }
  const added: SeenSocket[] = [];
  const changed: { before: SeenSocket; now: SeenSocket }[] = [];
  for (const seen of now.all()) {
    if (seen.closed) continue;
    const known = before.byId(seen.id);
    if (known === seen) continue;
    if (!known || known.closed) {
      ends.revived(seen.socket, beganAt);
      added.push(seen);
    } else if (!sameSocket(known.socket, seen.socket)) changed.push({ before: known, now: seen });
  }
  const closed: ClosedSocket[] = [];
  for (const seen of before.all()) {
    if (seen.closed) continue;
    const left = now.byId(seen.id);
    if (left && !left.closed) continue;
    closed.push({ seen, reason: ends.reason(seen.socket) ?? (eventsWatched ? infer(seen) : 'unknown') });
    ends.forget(seen.socket);
  }
  return { added, changed, closed };
}

/** No event reports the close of a socket without a connection: its owner closed it, or has ended. */
function infer({ socket: { protocol, state, owners } }: SeenSocket): EndReason {
  if (protocol === 'tcp' && state !== 'bound') return 'unknown';
  const lives = owners.map((owner) => processStat(owner).life);
  if (lives.length === 0 || lives.includes('unknown')) return 'unknown';
  return lives.every((life) => life === 'ended') ? 'process-exited' : 'closed';
}

/** Compares all fields that a row shows. */
export function sameSocket(a: Socket, b: Socket): boolean {
  return (
    a === b ||
    (a.state === b.state &&
      a.uid === b.uid &&
      a.lifeline === b.lifeline &&
      a.kernel === b.kernel &&
      a.unsupportedReason === b.unsupportedReason &&
      a.container?.id === b.container?.id &&
      a.local.port === b.local.port &&
      a.local.address === b.local.address &&
      a.remote?.port === b.remote?.port &&
      a.remote?.address === b.remote?.address &&
      sameOwners(a.owners, b.owners) &&
      a.ownersLeftOut === b.ownersLeftOut &&
      sameOwners(a.queuedFor, b.queuedFor) &&
      a.peer?.cookie === b.peer?.cookie &&
      sameOwners(a.peer?.owners ?? [], b.peer?.owners ?? []))
  );
}
