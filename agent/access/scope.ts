/** Who may act on what. Every rule says yes to something; what none of them names is denied. */

import { kernelState } from '../broker-link/kernel-states';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { isOutOfSight } from '../inventory/lifeline';
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
  // Who holds one end of a TCP connection can reset the other anyway; of UDP sockets that is not so.
  // Only in the same namespace: addresses and ports of another one, its user may make up.
  const peer =
    socket.peer && socket.protocol === 'tcp' && socket.peer.netns === socket.netns
      ? inventory.get(socket.peer)
      : undefined;
  if (peer && holds(peer, client)) return true;
  if (record.kernelState === kernelState.timeWait)
    return record.local.port >= usualPorts.firstUnprivileged && !heldByOthers(seen, inventory, client);
  const ownerless = socket.owners.length === 0 && !isOutOfSight(record, socket.owners);
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
    if (isOutOfSight(other.record, other.socket.owners)) return true;
  }
  return false;
}
