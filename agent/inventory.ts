/** One look at the kernel's sockets: records joined to sockets with owners, peers, names and lifeline. */

import { acceptQueues } from './accept-queue';
import type { Listing } from './broker';
import { isOutOfSight, lifelineIds } from './lifeline';
import { describeNamespaces } from './namespaces';
import { obstacle } from './obstacle';
import type { PeerFinder } from './peers';
import type { NamedOwner, Processes } from './processes';
import type { Container, Namespace, Owner, Peer, Socket, SocketId } from './protocol';
import { idKey, type JoinedSocket, type SocketRecord, stateWord } from './records';

/** A socket with what only the agent needs. */
export interface SeenSocket {
  readonly socket: Socket;
  readonly record: SocketRecord;
  /** Those of the listener while nobody has accepted it. */
  readonly holders: readonly NamedOwner[];
  /** Uids that its owners run as. */
  readonly ownerUids: readonly number[];
}

/** What a look is made with, and remembers from earlier ones. */
export interface Memory {
  readonly processes: Processes;
  readonly peers: PeerFinder;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  /** Agent and broker. */
  readonly carrierPids: readonly number[];
  readonly seesEveryOwner: boolean;
  /** Ids (idKey) of those among these sockets without an owner in sight that are the kernel's. */
  kernelOwned(outOfSight: readonly SocketRecord[]): Promise<ReadonlySet<string>>;
}

export class Inventory {
  readonly #byId = new Map<string, SeenSocket>();
  readonly namespaces: readonly Namespace[];

  private constructor(sockets: readonly SeenSocket[], namespaces: readonly Namespace[]) {
    for (const seen of sockets) this.#byId.set(idKey(seen.socket), seen);
    this.namespaces = namespaces;
  }

  /** What a listing shows. */
  static async of(listing: Listing, memory: Memory): Promise<Inventory> {
    const { processes, peers, own } = memory;
    processes.keepOnly(listing.sockets.flatMap(({ owners }) => owners));
    const named = listing.sockets.map(({ record, owners }) => ({
      record,
      owners: owners.map((owner) => processes.name(owner)),
    }));
    const namespaces = describeNamespaces(listing.namespaces, named, processes, own);
    const peerOf = peers.find(named);
    const kernels = await memory.kernelOwned(
      named.flatMap(({ record, owners }) => (isOutOfSight(record, owners) ? [record] : [])),
    );
    const context: Context = {
      byId: new Map(named.map((socket) => [idKey(socket.record), socket])),
      peerOf,
      queues: acceptQueues(named),
      lifeline: lifelineIds(named, peerOf, memory.carrierPids, memory.seesEveryOwner),
      kernels,
      containerOf: containerFinder(processes, namespaces),
    };
    return new Inventory(
      named.map((socket) => toSeen(socket, context)),
      namespaces,
    );
  }

  get(id: SocketId): SeenSocket | undefined {
    return this.#byId.get(idKey(id));
  }

  all(): IterableIterator<SeenSocket> {
    return this.#byId.values();
  }
}

/** What is known of the other sockets; maps by id (idKey). */
interface Context {
  readonly byId: ReadonlyMap<string, JoinedSocket<NamedOwner>>;
  readonly peerOf: ReadonlyMap<string, SocketRecord>;
  readonly queues: ReadonlyMap<string, readonly NamedOwner[]>;
  readonly lifeline: ReadonlySet<string>;
  readonly kernels: ReadonlySet<string>;
  readonly containerOf: (record: SocketRecord, owners: readonly NamedOwner[]) => Container | null;
}

function toSeen({ record, owners }: JoinedSocket<NamedOwner>, context: Context): SeenSocket {
  const id = idKey(record);
  const queuedFor = context.queues.get(id) ?? [];
  const kernel = context.kernels.has(id);
  return {
    record,
    holders: owners.length > 0 ? owners : queuedFor,
    ownerUids: [...new Set(owners.map(({ uid }) => uid))],
    socket: {
      ...targetOfRecord(record),
      family: record.family,
      state: stateWord(record),
      uid: record.uid,
      inode: record.inode,
      owners: owners.map(toOwner),
      queuedFor: queuedFor.map(toOwner),
      peer: toPeer(context.peerOf.get(id), context),
      container: context.containerOf(record, owners),
      lifeline: context.lifeline.has(id) && !kernel,
      kernel,
      obstacle: obstacle(record),
    },
  };
}

function toPeer(record: SocketRecord | undefined, { byId, queues }: Context): Peer | null {
  if (!record) return null;
  const owners = byId.get(idKey(record))?.owners ?? [];
  const holders = owners.length > 0 ? owners : (queues.get(idKey(record)) ?? []);
  return { ...targetOfRecord(record), owners: holders.map(toOwner) };
}

function targetOfRecord({ netns, cookie, protocol, local, remote }: SocketRecord) {
  return { netns, cookie, protocol, local, remote: remote.port === 0 ? null : remote };
}

function toOwner({ pid, startTime, fd, name, command }: NamedOwner): Owner {
  return { pid, startTime, fd, name, command };
}

function containerFinder(processes: Processes, namespaces: readonly Namespace[]): Context['containerOf'] {
  const ofNamespace = new Map(namespaces.map(({ netns, container }) => [netns, container]));
  return ({ netns }, owners) => {
    const [own] = owners.flatMap((owner) => processes.container(owner) ?? []);
    return own ?? ofNamespace.get(netns) ?? null;
  };
}
