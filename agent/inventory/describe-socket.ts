/** Describes a socket for clients, again only when something about it has changed. */

import { type Endpoint, isClosed, type Peer, type Socket, unsupportedReason } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket, SeenSocket, SocketContext } from './known-socket';
import { sameOwners, toOwners } from './owners';

export function describeSocket(socket: KnownSocket, context: SocketContext): SeenSocket {
  const before = socket.described;
  if (before && sameContext(before.context, context)) return before.seen;
  const seen = toSeen(socket, context);
  socket.described = { context, seen };
  return seen;
}

function sameContext(a: SocketContext, b: SocketContext): boolean {
  return (
    a.peer === b.peer &&
    a.lifeline === b.lifeline &&
    a.kernel === b.kernel &&
    a.whole === b.whole &&
    a.container?.id === b.container?.id &&
    sameOwners(a.queuedFor, b.queuedFor) &&
    sameOwners(a.peerHolders, b.peerHolders)
  );
}

/** Written out: a spread object costs several times as much, for each of all sockets. */
function toSeen(
  { id, record, state, owners, shown, ownersLeftOut, sequence }: KnownSocket,
  context: SocketContext,
): SeenSocket {
  const { peer, peerHolders, queuedFor, container, lifeline, kernel, whole } = context;
  const socket: Socket = {
    netns: record.netns,
    cookie: record.cookie,
    protocol: record.protocol,
    local: record.local,
    remote: remoteOf(record.remote),
    family: record.family,
    state,
    uid: record.uid,
    inode: record.inode,
    owners: shown,
    ownersLeftOut,
    queuedFor: toOwners(queuedFor),
    peer: peer ? toPeer(peer, peerHolders) : null,
    container,
    lifeline,
    kernel,
    unsupportedReason: unsupportedReason(record.protocol, state, record.mptcp),
  };
  return {
    id,
    socket,
    record,
    sequence,
    holders: owners.length > 0 ? owners : queuedFor,
    closed: isClosed(socket),
    whole,
  };
}

function toPeer({ record, owners, shown }: KnownSocket, holders: readonly NamedOwner[]): Peer {
  return {
    netns: record.netns,
    cookie: record.cookie,
    protocol: record.protocol,
    local: record.local,
    remote: remoteOf(record.remote),
    owners: holders === owners ? shown : toOwners(holders),
  };
}

export function remoteOf(remote: Endpoint): Socket['remote'] {
  return remote.port === 0 ? null : remote;
}
