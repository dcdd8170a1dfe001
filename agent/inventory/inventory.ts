/** One look at the kernel's sockets: records joined to sockets with owners, peers, names and lifeline. */

import type { Listing } from '../broker-link/broker';
import type { SocketRecord } from '../broker-link/records';
import {
  type Container,
  idKey,
  isClosed,
  type Namespace,
  type Owner,
  type Peer,
  type Socket,
  type SocketId,
} from '../protocol';
import type { NamedOwner } from '../system/processes';
import { acceptQueues } from './accept-queue';
import type { KnownSocket, KnownSockets } from './known-sockets';
import { isOutOfSight, lifelineIds } from './lifeline';
import { describeNamespaces } from './namespaces';
import type { PeerFinder, Peers } from './peers';
import { obstacle } from './undestroyable';

/** A socket with what only the agent needs. The same object from look to look for as long as nothing about it changes. */
export interface SeenSocket {
  /** idKey of the socket. */
  readonly id: string;
  readonly socket: Socket;
  readonly record: SocketRecord;
  /** Those of the listener while nobody has accepted it. */
  readonly holders: readonly NamedOwner[];
  /** Uids that its owners run as. */
  readonly ownerUids: readonly number[];
  /** Destroyed or never bound: only a file descriptor is left of it. */
  readonly closed: boolean;
}

/** What a look is made with, and remembers from earlier ones. */
export interface Memory {
  readonly known: KnownSockets;
  readonly peers: PeerFinder;
  readonly seen: WeakMap<KnownSocket, Remembered>;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  readonly seesEveryOwner: boolean;
  /** Ids of those among these sockets without an owner in sight that are the kernel's. */
  kernelOwned(outOfSight: readonly SocketRecord[]): Promise<ReadonlySet<string>>;
}

export class Inventory {
  readonly #byId = new Map<string, SeenSocket>();
  readonly namespaces: readonly Namespace[];

  private constructor(sockets: readonly SeenSocket[], namespaces: readonly Namespace[]) {
    for (const seen of sockets) this.#byId.set(seen.id, seen);
    this.namespaces = namespaces;
  }

  /** What a listing shows. */
  static async of(listing: Listing, memory: Memory): Promise<Inventory> {
    const sockets = listing.sockets.map((joined) => memory.known.get(joined));
    const namespaces = describeNamespaces(listing.namespaces, sockets, memory.own);
    const peers = memory.peers.find(sockets);
    const outOfSight = sockets.filter(({ record, owners }) => isOutOfSight(record, owners));
    const around: Around = {
      peers,
      queues: acceptQueues(sockets),
      lifeline: lifelineIds(sockets, peers, memory.seesEveryOwner),
      kernels: await memory.kernelOwned(outOfSight.map(({ record }) => record)),
      containers: new Map(namespaces.map(({ netns, container }) => [netns, container])),
    };
    const seen = sockets.map((socket) => remember(socket, contextOf(socket, around), memory.seen));
    return new Inventory(seen, namespaces);
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

/** What is known of the other sockets, by id; containers by network namespace. */
interface Around {
  readonly peers: Peers;
  readonly queues: ReadonlyMap<string, readonly NamedOwner[]>;
  readonly lifeline: ReadonlySet<string>;
  readonly kernels: ReadonlySet<string>;
  readonly containers: ReadonlyMap<number, Container | null>;
}

/** What a socket gets from those around it. */
interface Context {
  readonly peer: KnownSocket | undefined;
  readonly peerHolders: readonly NamedOwner[];
  readonly queuedFor: readonly NamedOwner[];
  readonly container: Container | null;
  readonly lifeline: boolean;
  readonly kernel: boolean;
}

/** What became of a socket in a look, and what of. */
interface Remembered {
  readonly context: Context;
  readonly seen: SeenSocket;
}

const nobody: readonly NamedOwner[] = [];

function contextOf(socket: KnownSocket, { peers, queues, lifeline, kernels, containers }: Around): Context {
  const { id, record } = socket;
  const peer = peers.get(id);
  const kernel = kernels.has(id);
  return {
    peer,
    peerHolders: peer ? holdersOf(peer, queues) : nobody,
    queuedFor: queues.get(id) ?? nobody,
    container: socket.container ?? containers.get(record.netns) ?? null,
    lifeline: lifeline.has(id) && !kernel,
    kernel,
  };
}

function holdersOf({ id, owners }: KnownSocket, queues: Around['queues']): readonly NamedOwner[] {
  return owners.length > 0 ? owners : (queues.get(id) ?? nobody);
}

function remember(socket: KnownSocket, context: Context, memory: Memory['seen']): SeenSocket {
  const before = memory.get(socket);
  if (before && sameContext(before.context, context)) return before.seen;
  const seen = toSeen(socket, context);
  memory.set(socket, { context, seen });
  return seen;
}

function sameContext(a: Context, b: Context): boolean {
  return (
    a.peer === b.peer &&
    a.lifeline === b.lifeline &&
    a.kernel === b.kernel &&
    a.container?.id === b.container?.id &&
    sameOwners(a.queuedFor, b.queuedFor) &&
    sameOwners(a.peerHolders, b.peerHolders)
  );
}

/** Both in the order of pids. */
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

function toSeen({ id, record, state, owners }: KnownSocket, context: Context): SeenSocket {
  const { peer, peerHolders, queuedFor, container, lifeline, kernel } = context;
  const socket: Socket = {
    ...targetOfRecord(record),
    family: record.family,
    state,
    uid: record.uid,
    inode: record.inode,
    owners: owners.map(toOwner),
    queuedFor: queuedFor.map(toOwner),
    peer: peer ? toPeer(peer, peerHolders) : null,
    container,
    lifeline,
    kernel,
    obstacle: obstacle(record),
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
  return { ...targetOfRecord(record), owners: holders.map(toOwner) };
}

function targetOfRecord({ netns, cookie, protocol, local, remote }: SocketRecord) {
  return { netns, cookie, protocol, local, remote: remote.port === 0 ? null : remote };
}

function toOwner({ pid, startTime, fd, name, command }: NamedOwner): Owner {
  return { pid, startTime, fd, name, command };
}
