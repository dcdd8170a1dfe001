/**
 * Lifeline: sockets that carry an editor, remote-login or agent session. Computed by the agent, so that no client can change
 * it. A process that disguises itself as a carrier only protects itself.
 */

import { kernelState } from '../broker-link/kernel-states';
import type { SocketRecord } from '../broker-link/records';
import type { Queues } from './accept-queue';
import type { KnownSocket } from './known-socket';
import type { Peers } from './peers';

/**
 * Ids of lifeline sockets: those of session carriers, also before they are accepted, and their peers in the same network namespace: one's
 * own namespace may hold forged ends. With `seesEveryOwner`, a socket with a hidden owner (a process of an outer pid namespace, or the
 * kernel) counts as well, since it may carry a session; but not its peer: anybody can hide his end (a descriptor that is on its way).
 */
export function lifelineIds(
  sockets: readonly KnownSocket[],
  peers: Peers,
  queues: Queues,
  seesEveryOwner: boolean,
): Set<string> {
  const ids = new Set<string>();
  for (const { id, record, owners, carriesSession } of sockets) {
    if (seesEveryOwner && hasHiddenOwner(record, owners)) ids.add(id);
    if (!carriesSession && !queues.get(id)?.carriesSession) continue;
    ids.add(id);
    const peer = peers.get(id);
    if (peer?.record.netns === record.netns) ids.add(peer.id);
  }
  return ids;
}

/** It has a file, yet no visible process holds it. */
export function hasHiddenOwner(record: SocketRecord, owners: readonly unknown[]): boolean {
  return owners.length === 0 && record.inode !== '0' && record.kernelState !== kernelState.timeWait;
}
