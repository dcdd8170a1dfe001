/** The result of one scan: all sockets, with owners, peers, container and lifeline. */

import type { KernelListing } from '../broker-link/list-records';
import type { SocketRecord } from '../broker-link/records';
import { inOneSlice, mapInSlices } from '../common/slices';
import {
  type Container,
  idKey,
  isClosed,
  type LeftOut,
  type Namespace,
  type Owner,
  type Peer,
  type Socket,
  type SocketId,
} from '../protocol';
import type { NamedOwner } from '../system/processes';
import { acceptQueues, type Queues } from './accept-queue';
import type { KnownSocket, KnownSockets } from './known-sockets';
import { hasHiddenOwner, lifelineIds } from './lifeline';
import { describeNamespaces } from './namespaces';
import type { PeerFinder, Peers } from './peers';
import { unsupportedReason } from './undestroyable';

/** A socket with what only the agent needs. The same object from scan to scan while nothing about it changes. */
export interface SeenSocket {
  /** idKey of the socket. */
  readonly id: string;
  readonly socket: Socket;
  readonly record: SocketRecord;
  /** Its owners, or those of its listener until it is accepted. */
  readonly holders: readonly NamedOwner[];
  /** Uids that its owners run as. */
  readonly ownerUids: readonly number[];
  /** Destroyed or never bound: it has no port, only a file descriptor. */
  readonly closed: boolean;
}

/** State that scans share: caches, and properties of the agent. */
export interface ScanCache {
  readonly known: KnownSockets;
  readonly peers: PeerFinder;
  readonly seen: WeakMap<KnownSocket, CachedSocket>;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  readonly seesEveryOwner: boolean;
  /** Ids of the kernel's own sockets among these, none of which has a visible owner. */
  kernelOwned(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>>;
}

export class Inventory {
  readonly #byId = new Map<string, SeenSocket>();
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;

  private constructor(
    sockets: readonly SeenSocket[],
    namespaces: readonly Namespace[],
    { leftOut }: KernelListing,
  ) {
    for (const seen of sockets) this.#byId.set(seen.id, seen);
    this.namespaces = namespaces;
    this.leftOut = leftOut;
  }

  /** Describes the sockets of one listing. */
  static async of(listing: KernelListing, cache: ScanCache): Promise<Inventory> {
    const sockets = await mapInSlices(listing.sockets, (joined) => cache.known.get(joined));
    const namespaces = await inOneSlice(() => describeNamespaces(listing.namespaces, sockets, cache.own));
    const peers = await inOneSlice(() => cache.peers.find(sockets));
    const hidden = sockets.filter(({ record, owners }) => hasHiddenOwner(record, owners));
    const queues = await inOneSlice(() => acceptQueues(sockets));
    const context: ScanContext = {
      peers,
      queues,
      lifeline: await inOneSlice(() => lifelineIds(sockets, peers, queues, cache.seesEveryOwner)),
      kernels: await cache.kernelOwned(hidden.map(({ record }) => record)),
      containers: new Map(namespaces.map(({ netns, container }) => [netns, container])),
    };
    const seen = await mapInSlices(sockets, (socket) =>
      cached(socket, contextOf(socket, context), cache.seen),
    );
    return inOneSlice(() => new Inventory(seen, namespaces, listing));
  }

  get(id: SocketId): SeenSocket | undefined {
    return this.#byId.get(idKey(id));
  }

  byId(id: string): SeenSocket | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<SeenSocket> {
    return this.#byId.values();
  }
}

/** What one scan found about all sockets, by socket id; containers by network namespace. */
interface ScanContext {
  readonly peers: Peers;
  readonly queues: Queues;
  readonly lifeline: ReadonlySet<string>;
  readonly kernels: ReadonlySet<string>;
  readonly containers: ReadonlyMap<number, Container | null>;
}

/** The part of a socket's description that depends on other sockets. */
interface SocketContext {
  readonly peer: KnownSocket | undefined;
  readonly peerHolders: readonly NamedOwner[];
  readonly queuedFor: readonly NamedOwner[];
  readonly container: Container | null;
  readonly lifeline: boolean;
  readonly kernel: boolean;
}

/** A described socket with the context that it was made from. */
interface CachedSocket {
  readonly context: SocketContext;
  readonly seen: SeenSocket;
}

const noOwners: readonly NamedOwner[] = [];

function contextOf(
  socket: KnownSocket,
  { peers, queues, lifeline, kernels, containers }: ScanContext,
): SocketContext {
  const { id, record } = socket;
  const peer = peers.get(id);
  const kernel = kernels.has(id);
  return {
    peer,
    peerHolders: peer ? holdersOf(peer, queues) : noOwners,
    queuedFor: queues.get(id)?.owners ?? noOwners,
    container: socket.container ?? containers.get(record.netns) ?? null,
    lifeline: lifeline.has(id) && !kernel,
    kernel,
  };
}

function holdersOf({ id, owners }: KnownSocket, queues: ScanContext['queues']): readonly NamedOwner[] {
  return owners.length > 0 ? owners : (queues.get(id)?.owners ?? noOwners);
}

function cached(socket: KnownSocket, context: SocketContext, cache: ScanCache['seen']): SeenSocket {
  const before = cache.get(socket);
  if (before && sameContext(before.context, context)) return before.seen;
  const seen = toSeen(socket, context);
  cache.set(socket, { context, seen });
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

function toSeen({ id, record, state, owners, joined }: KnownSocket, context: SocketContext): SeenSocket {
  const { peer, peerHolders, queuedFor, container, lifeline, kernel } = context;
  const socket: Socket = {
    ...targetOfRecord(record),
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
    ownerUids: [...new Set(owners.map(({ uid }) => uid))],
    closed: isClosed(socket),
  };
}

function toPeer({ record }: KnownSocket, holders: readonly NamedOwner[]): Peer {
  return { ...targetOfRecord(record), owners: toOwners(holders) };
}

function targetOfRecord({ netns, cookie, protocol, local, remote }: SocketRecord) {
  return { netns, cookie, protocol, local, remote: remote.port === 0 ? null : remote };
}

/** Characters of all command lines of a socket's owners, and the least that each may have. */
const maxCommands = 65_536;
const minCommand = 128;

/** Many owners have short command lines, so that one socket fits into a message. */
function toOwners(owners: readonly NamedOwner[]): Owner[] {
  const length = Math.max(minCommand, Math.floor(maxCommands / owners.length));
  return owners.map((owner) => {
    const shown = toOwner(owner);
    return shown.command.length > length ? { ...shown, command: shown.command.slice(0, length) } : shown;
  });
}

function toOwner({ pid, startTime, fd, name, command }: NamedOwner): Owner {
  return { pid, startTime, fd, name, command };
}
