/** Describes a socket for clients, again only when something about it has changed. */

import type { SocketRecord } from '../broker-link/records';
import { isClosed, type Owner, type Peer, type Socket } from '../protocol';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket, SeenSocket, SocketContext } from './known-socket';
import { unsupportedReason } from './undestroyable';

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
    a.container?.id === b.container?.id &&
    sameOwners(a.queuedFor, b.queuedFor) &&
    sameOwners(a.peerHolders, b.peerHolders)
  );
}

/** Both are sorted by pid and descriptor. */
export function sameOwners(a: readonly Owner[], b: readonly Owner[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ pid, fd, name, startTime }, index) => {
        const other = b[index];
        return other?.pid === pid && other.fd === fd && other.name === name && other.startTime === startTime;
      }))
  );
}

/** Written out: a spread object costs several times as much, for each of all sockets. */
function toSeen({ id, record, state, owners, joined }: KnownSocket, context: SocketContext): SeenSocket {
  const { peer, peerHolders, queuedFor, container, lifeline, kernel } = context;
  const socket: Socket = {
    netns: record.netns,
    cookie: record.cookie,
    protocol: record.protocol,
    local: record.local,
    remote: remoteOf(record),
    family: record.family,
    state,
    uid: record.uid,
    inode: record.inode,
    owners: toOwners(owners),
    ownersLeftOut: joined.ownersLeftOut,
    queuedFor: toOwners(queuedFor),
    peer: peer ? toPeer(peer, peerHolders) : null,
    container,
    lifeline,
    kernel,
    unsupportedReason: unsupportedReason(record),
  };
  return {
    id,
    socket,
    record,
    holders: owners.length > 0 ? owners : queuedFor,
    ownerUids: uidsOf(owners),
    closed: isClosed(socket),
    row: null,
  };
}

function toPeer({ record }: KnownSocket, holders: readonly NamedOwner[]): Peer {
  return {
    netns: record.netns,
    cookie: record.cookie,
    protocol: record.protocol,
    local: record.local,
    remote: remoteOf(record),
    owners: toOwners(holders),
  };
}

function remoteOf({ remote }: SocketRecord): Socket['remote'] {
  return remote.port === 0 ? null : remote;
}

function uidsOf(owners: readonly NamedOwner[]): readonly number[] {
  const [first, ...others] = owners;
  if (!first) return [];
  return others.length === 0 ? [first.uid] : [...new Set(owners.map(({ uid }) => uid))];
}

/** Characters of all command lines of a socket's owners, and the least that each may have. */
const maxCommands = 65_536;
const minCommand = 128;

/** Many owners have short command lines, so that one socket fits into a message. */
function toOwners(owners: readonly NamedOwner[]): Owner[] {
  const length = Math.max(minCommand, Math.floor(maxCommands / owners.length));
  return owners.map(({ pid, startTime, fd, name, command }) => ({
    pid,
    startTime,
    fd,
    name,
    command: command.length > length ? command.slice(0, length) : command,
  }));
}
