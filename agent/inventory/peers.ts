/** Finds the other ends of connections, in all network namespaces of this machine. */

import type { JoinedSocket } from '../broker-link/records';
import { groupBy } from '../common/group-by';
import { withoutMapping } from '../protocol';
import type { KnownSocket } from './known-socket';
import type { Tuple } from './tuple';

/** The peer of each connected socket, by the id of the socket. */
export type Peers = ReadonlyMap<string, KnownSocket>;

/** Remembers pairs that it found by sequence numbers, since these agree only while no data is in flight. */
export class PeerFinder {
  #proven = new Map<string, string>();

  find(sockets: readonly KnownSocket[]): Peers {
    const ends = sockets.filter(isEnd);
    const peers = new Map<string, KnownSocket>();
    for (const inside of groupBy(ends, ({ record }) => record.netns).values()) pairByTuple(inside, peers);
    const apart = ends.filter((end) => !peers.has(end.id));
    pairByTuple(apart.filter(leavesItsNamespace), peers);
    this.#pairBySequence(
      apart.filter((end) => !peers.has(end.id) && hasSequence(end.joined)),
      peers,
    );
    return peers;
  }

  /** Address translation (a container's published port) changes the tuple, but not the sequence numbers. */
  #pairBySequence(ends: readonly KnownSocket[], peers: Map<string, KnownSocket>): void {
    const byId = new Map(ends.map((end) => [end.id, end]));
    const proven = new Map<string, string>();
    const expecting = uniqueBy(ends, ({ joined }) => `${joined.received} ${joined.sent}`);
    for (const end of ends) {
      const found =
        expecting.get(`${end.joined.sent} ${end.joined.received}`) ??
        byId.get(this.#proven.get(end.id) ?? '');
      if (!found || found === end) continue;
      proven.set(end.id, found.id);
      peers.set(end.id, found);
    }
    this.#proven = proven;
  }
}

type End = KnownSocket & { readonly tuple: Tuple };

function isEnd(socket: KnownSocket): socket is End {
  return socket.tuple !== null;
}

/** The sockets with one tuple, by their side; null: several, of which the tuple identifies none. */
type Pair = [KnownSocket | null | undefined, KnownSocket | null | undefined];

function pairByTuple(ends: readonly End[], peers: Map<string, KnownSocket>): void {
  const pairs = new Map<string, Pair>();
  for (const end of ends) {
    const { key, side } = end.tuple;
    let pair = pairs.get(key);
    if (!pair) {
      pair = [undefined, undefined];
      pairs.set(key, pair);
    }
    pair[side] = pair[side] === undefined ? end : null;
  }
  for (const end of ends) {
    const peer = pairs.get(end.tuple.key)?.[end.tuple.otherSide];
    if (peer && (peer.record.netns === end.record.netns || sequencesAgree(end, peer)))
      peers.set(end.id, peer);
  }
}

/** Leaves out items that share a key. */
function uniqueBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> {
  const unique = new Map<string, Item>();
  const shared = new Set<string>();
  for (const item of items) {
    const key = keyOf(item);
    if (unique.has(key)) shared.add(key);
    unique.set(key, item);
  }
  for (const key of shared) unique.delete(key);
  return unique;
}

/** Loopback addresses stay in their own namespace. */
function leavesItsNamespace({ record: { local } }: KnownSocket): boolean {
  return !withoutMapping(local.address).startsWith('127.') && local.address !== '::1';
}

/** Bytes in flight between two ends: more than the largest usual window. */
const maxInFlight = 64 * 1024 * 1024;

/**
 * Addresses repeat across namespaces, and a user may choose any for a namespace of his own. But the sequence numbers of the two
 * ends of one connection agree, up to the bytes in flight.
 */
function sequencesAgree({ joined: a }: KnownSocket, { joined: b }: KnownSocket): boolean {
  return hasSequence(a) && hasSequence(b) && isNear(a.sent, b.received) && isNear(b.sent, a.received);
}

/** 0 is not known, or forged: TCP_REPAIR makes a connection with any tuple and sequence numbers 0, in one's own namespace. */
function hasSequence({ sent, received }: JoinedSocket): boolean {
  return sent !== 0 && received !== 0;
}

/** Sequence numbers wrap around. */
function isNear(sent: number, received: number): boolean {
  return Math.abs((sent - received) | 0) <= maxInFlight;
}
