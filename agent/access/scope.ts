/**
 * Predicts which sockets the broker lets its clients act on (native/src/law/socket_law.h), so that plans say so. Rules only allow:
 * a socket that no rule matches is denied.
 */

import { kernelState } from '../broker-link/kernel-states';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { hasHiddenOwner } from '../inventory/lifeline';
import { type Scope, usualPorts } from '../protocol';
import { isUidOf } from '../system/users';

/** The terms on which the agent was started. */
export interface Licence {
  /** The uid that is served. */
  readonly uid: number;
  readonly scope: Scope;
}

/**
 * `mine` allows a socket that the served uid holds at either end, its orphans, and time-wait on an unprivileged port that nobody
 * else holds. A client with uid 0 is no exception: in a container that has the agent's socket, anybody may be uid 0.
 */
export function inScope(seen: SeenSocket, inventory: Inventory, { uid, scope }: Licence): boolean {
  if (scope === 'all') return true;
  const { record, socket } = seen;
  if (holds(seen, uid)) return true;
  // The owner of one end of a TCP connection can reset the other anyway; with UDP it cannot.
  // Only in the same namespace: a user may forge the addresses and ports of another one.
  const peer =
    socket.peer && socket.protocol === 'tcp' && socket.peer.netns === socket.netns
      ? inventory.get(socket.peer)
      : undefined;
  if (peer && holds(peer, uid)) return true;
  if (record.kernelState === kernelState.timeWait)
    return (
      record.local.port >= usualPorts.firstUnprivileged && !portsOfOthers(inventory, uid).has(portKey(seen))
    );
  const ownerless = socket.owners.length === 0 && !hasHiddenOwner(record, socket.owners);
  return ownerless && isUidOf(record.uid, uid);
}

/** Whether its processes may be watched: those of others than the served user only with scope `all`. */
export function isWatchable({ ownerUids }: SeenSocket, { uid, scope }: Licence): boolean {
  return scope === 'all' || ownerUids.length === 0 || ownerUids.some((owner) => isUidOf(owner, uid));
}

function holds(seen: SeenSocket, served: number): boolean {
  return seen.ownerUids.some((uid) => isUidOf(uid, served));
}

const foreignPorts = new WeakMap<Inventory, ReadonlySet<string>>();

/** Ports that other users hold, as portKey. Found once for each inventory: a request may have thousands of targets. */
function portsOfOthers(inventory: Inventory, served: number): ReadonlySet<string> {
  const known = foreignPorts.get(inventory);
  if (known) return known;
  const ports = new Set<string>();
  for (const seen of inventory.all()) if (isOfOthers(seen, served)) ports.add(portKey(seen));
  foreignPorts.set(inventory, ports);
  return ports;
}

function isOfOthers({ ownerUids, record, socket }: SeenSocket, served: number): boolean {
  return ownerUids.some((uid) => !isUidOf(uid, served)) || hasHiddenOwner(record, socket.owners);
}

function portKey({ socket: { netns, protocol, local } }: SeenSocket): string {
  return `${netns}/${protocol}/${local.port}`;
}
