/**
 * Lifeline: sockets that carry an editor, remote-login or agent session. Computed here and never by a client, so that no
 * client can talk the agent out of it. A process that disguises itself as a carrier only protects itself.
 */

import { kernelState } from '../broker-link/kernel-states';
import type { SocketRecord } from '../broker-link/records';
import type { KnownSocket } from './known-sockets';
import type { Peers } from './peers';

/**
 * Ids of lifeline sockets: those of the carriers, and the peers of all these. When every owner can be seen, a socket with a file
 * but no owner is somebody's outside our sight (a process of an outer pid namespace, or the kernel): doubt means no, so it
 * counts as well.
 */
export function lifelineIds(
  sockets: readonly KnownSocket[],
  peers: Peers,
  seesEveryOwner: boolean,
): Set<string> {
  const ids = new Set<string>();
  for (const { id, record, owners, carried } of sockets) {
    if (!carried && !(seesEveryOwner && isOutOfSight(record, owners))) continue;
    ids.add(id);
    const peer = peers.get(id);
    if (peer) ids.add(peer.id);
  }
  return ids;
}

/** Has a file, yet nobody in sight holds it. */
export function isOutOfSight(record: SocketRecord, owners: readonly unknown[]): boolean {
  return owners.length === 0 && record.inode !== '0' && record.kernelState !== kernelState.timeWait;
}
