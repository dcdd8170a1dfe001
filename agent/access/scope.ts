/** Decides who may act on which socket. Rules only allow: a socket that no rule matches is denied. */

import { kernelState } from '../broker-link/kernel-states';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { hasHiddenOwner } from '../inventory/lifeline';
import { idKey, type Scope, usualPorts } from '../protocol';
import { type ClientIdentity, isUidOf } from '../system/users';

/**
 * `mine` allows a socket that the client's uid holds at either end, its orphans, and time-wait on an unprivileged port that
 * nobody else holds. Root, and any client of an agent started with --scope all, may act on everything.
 */
export function inScope(
  seen: SeenSocket,
  inventory: Inventory,
  client: ClientIdentity,
  scope: Scope,
): boolean {
  if (client.uid === 0 || scope === 'all') return true;
  const { record, socket } = seen;
  if (holds(seen, client)) return true;
  // The owner of one end of a TCP connection can reset the other anyway; with UDP it cannot.
  // Only in the same namespace: a user may forge the addresses and ports of another one.
  const peer =
    socket.peer && socket.protocol === 'tcp' && socket.peer.netns === socket.netns
      ? inventory.get(socket.peer)
      : undefined;
  if (peer && holds(peer, client)) return true;
  if (record.kernelState === kernelState.timeWait)
    return record.local.port >= usualPorts.firstUnprivileged && !heldByOthers(seen, inventory, client);
  const ownerless = socket.owners.length === 0 && !hasHiddenOwner(record, socket.owners);
  return ownerless && isUidOf(record.uid, client.uid);
}

function holds(seen: SeenSocket, client: ClientIdentity): boolean {
  return seen.ownerUids.some((uid) => isUidOf(uid, client.uid));
}

function heldByOthers(seen: SeenSocket, inventory: Inventory, client: ClientIdentity): boolean {
  for (const other of inventory.all()) {
    if (idKey(other.socket) === idKey(seen.socket) || other.socket.netns !== seen.socket.netns) continue;
    if (other.socket.local.port !== seen.socket.local.port) continue;
    if (other.socket.protocol !== seen.socket.protocol) continue;
    if (other.ownerUids.some((uid) => !isUidOf(uid, client.uid))) return true;
    if (hasHiddenOwner(other.record, other.socket.owners)) return true;
  }
  return false;
}
