/** The result of one scan: all sockets, with owners, peers, container and lifeline. */

import type { DestroyRecord } from '../broker-link/destroy-records';
import type { KernelListing } from '../broker-link/list-records';
import type { SocketRecord } from '../broker-link/records';
import { inOneSlice, mapInSlices } from '../common/slices';
import { type Container, idKey, type LeftOut, type Namespace, type SocketId } from '../protocol';
import type { NamedOwner } from '../system/processes';
import { acceptQueues, type Queues } from './accept-queue';
import { describeSocket } from './describe-socket';
import type { KnownSocket, SeenSocket, SocketContext } from './known-socket';
import type { KnownSockets } from './known-sockets';
import { hasHiddenOwner, lifelineIds } from './lifeline';
import { describeNamespaces } from './namespaces';
import type { PeerFinder, Peers } from './peers';

export type { SeenSocket } from './known-socket';

/** For the broker. */
export function toDestroyRecord({ record, socket: { owners } }: SeenSocket): DestroyRecord {
  const { netns, cookie, family, protocol, kernelState, local, remote } = record;
  return { netns, cookie, family, protocol, kernelState, local, remote, owner: owners[0]?.pid ?? 0 };
}

/** State that scans share: caches, and properties of the agent. */
export interface ScanCache {
  readonly known: KnownSockets;
  readonly peers: PeerFinder;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  readonly seesEveryOwner: boolean;
  /** Ids of the kernel's own sockets among these, none of which has a visible owner. */
  kernelOwned(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>>;
}

export class Inventory {
  readonly #sockets: readonly SeenSocket[];
  /** Made when it is asked for: a list needs none. */
  #byId: Map<string, SeenSocket> | null = null;
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;

  private constructor(
    sockets: readonly SeenSocket[],
    namespaces: readonly Namespace[],
    { leftOut }: KernelListing,
  ) {
    this.#sockets = sockets;
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
    const seen = await mapInSlices(sockets, (socket) => describeSocket(socket, contextOf(socket, context)));
    return new Inventory(seen, namespaces, listing);
  }

  get(id: SocketId): SeenSocket | undefined {
    return this.byId(idKey(id));
  }

  byId(id: string): SeenSocket | undefined {
    this.#byId ??= new Map(this.#sockets.map((seen) => [seen.id, seen]));
    return this.#byId.get(id);
  }

  all(): Iterable<SeenSocket> {
    return this.#sockets;
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
