/** Keeps a fault to the connections that its user was asked about. */

import type { Inventory, SeenSocket } from '../inventory/inventory';
import { ErrorCode, isAgreed, protocolError } from '../protocol';
import { acceptedIn } from './drill-target';

/** Those that the question named; all where nobody was asked. */
export function agreedAmong(
  agreed: readonly string[] | undefined,
  sockets: readonly SeenSocket[],
  inventory: Inventory,
): readonly SeenSocket[] {
  if (!agreed) return sockets;
  const [names, isAccepted] = [new Set(agreed), acceptedIn(inventory)];
  return sockets.filter((seen) => isAgreed(names, seen.socket, isAccepted(seen)));
}

/** Throws changed where it did not name all. */
export function requireAgreed(
  agreed: readonly string[] | undefined,
  sockets: readonly SeenSocket[],
  inventory: Inventory,
): void {
  const others = sockets.length - agreedAmong(agreed, sockets, inventory).length;
  if (others > 0)
    throw protocolError(
      ErrorCode.changed,
      `Nothing was done, as what matches has changed since the question: ${others} of ${sockets.length} connections were not in it`,
    );
}
