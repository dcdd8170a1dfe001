/** What is different between two looks, computed once for all who watch. */

import type { EndFacts } from '../inventory/end-facts';
import { type Inventory, type SeenSocket, sameOwners } from '../inventory/inventory';
import type { EndReason, Socket } from '../protocol';
import { processStat } from '../system/process-stat';

export interface ClosedSocket {
  /** As it was last. */
  readonly seen: SeenSocket;
  readonly reason: EndReason;
}

export interface Difference {
  readonly added: readonly SeenSocket[];
  readonly changed: readonly { readonly before: SeenSocket; readonly now: SeenSocket }[];
  /** A socket that is closed counts, though a descriptor may be left of it. */
  readonly closed: readonly ClosedSocket[];
}

/**
 * Against nothing, there is none: those who begin to watch know what there is. `told`: the kernel's events are watched; without
 * them nobody knows how a socket was closed.
 */
export function difference(
  before: Inventory | null,
  now: Inventory,
  ends: EndFacts,
  told: boolean,
): Difference {
  if (!before) {
    for (const { socket, closed } of now.all()) if (!closed) ends.revived(socket);
    return { added: [], changed: [], closed: [] };
  }
  const added: SeenSocket[] = [];
  const changed: { before: SeenSocket; now: SeenSocket }[] = [];
  for (const seen of now.all()) {
    if (seen.closed) continue;
    const known = before.byId(seen.id);
    if (known === seen) continue;
    if (!known || known.closed) {
      ends.revived(seen.socket);
      added.push(seen);
    } else if (!looksSame(known.socket, seen.socket)) changed.push({ before: known, now: seen });
  }
  const closed: ClosedSocket[] = [];
  for (const seen of before.all()) {
    if (seen.closed) continue;
    const left = now.byId(seen.id);
    if (left && !left.closed) continue;
    closed.push({ seen, reason: ends.reason(seen.socket) ?? (told ? infer(seen) : 'unknown') });
    ends.forget(seen.socket);
  }
  return { added, changed, closed };
}

/** No event tells of sockets without a connection being closed: that, only their owners do, or their end. */
function infer({ socket: { protocol, state, owners } }: SeenSocket): EndReason {
  if (protocol === 'tcp' && state !== 'bound') return 'unknown';
  const lives = owners.map((owner) => processStat(owner).life);
  if (lives.length === 0 || lives.includes('unknown')) return 'unknown';
  return lives.every((life) => life === 'ended') ? 'process-exited' : 'closed';
}

/** Compares all that a row shows. */
export function looksSame(a: Socket, b: Socket): boolean {
  return (
    a === b ||
    (a.state === b.state &&
      a.uid === b.uid &&
      a.lifeline === b.lifeline &&
      a.kernel === b.kernel &&
      a.obstacle === b.obstacle &&
      a.container?.id === b.container?.id &&
      a.local.port === b.local.port &&
      a.local.address === b.local.address &&
      a.remote?.port === b.remote?.port &&
      a.remote?.address === b.remote?.address &&
      sameOwners(a.owners, b.owners) &&
      sameOwners(a.queuedFor, b.queuedFor) &&
      a.peer?.cookie === b.peer?.cookie &&
      sameOwners(a.peer?.owners ?? [], b.peer?.owners ?? []))
  );
}
