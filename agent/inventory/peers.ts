/** Finds the other ends of connections, in all network namespaces of this machine. */

import type { JoinedSocket } from '../broker-link/records';
import { type Endpoint, formatEndpoint, type State, withoutMapping } from '../protocol';
import type { KnownSocket } from './known-sockets';

/** The peer of each connected socket, by the id of the socket. */
export type Peers = ReadonlyMap<string, KnownSocket>;

/** Remembers pairs that it found by sequence numbers, since these agree only while no data is in flight. */
export class PeerFinder {
  readonly #tuples = new WeakMap<KnownSocket, Tuples>();
  #proven = new Map<string, string>();

  find(sockets: readonly KnownSocket[]): Peers {
    const ends = sockets.filter(isEnd);
    const peers = new Map<string, KnownSocket>();
    this.#pairByTuple(ends, peers, 'inside');
    const apart = ends.filter((end) => !peers.has(end.id));
    this.#pairByTuple(apart.filter(leavesItsNamespace), peers, 'anywhere');
    this.#pairBySequence(
      apart.filter((end) => !peers.has(end.id) && hasSequence(end.joined)),
      peers,
    );
    return peers;
  }

  /** A tuple that several sockets share identifies none of them. */
  #pairByTuple(ends: readonly KnownSocket[], peers: Map<string, KnownSocket>, where: keyof Tuples): void {
    const byTuple = uniqueBy(ends, (end) => this.#tuple(end)[where].forth);
    for (const end of ends) {
      const peer = byTuple.get(this.#tuple(end)[where].back);
      if (peer && (peer.record.netns === end.record.netns || sequencesAgree(end, peer)))
        peers.set(end.id, peer);
    }
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

  #tuple(end: KnownSocket): Tuples {
    const before = this.#tuples.get(end);
    if (before) return before;
    const { netns, protocol, local, remote } = end.record;
    const [near, far] = [local, remote].map(plainEnd);
    const anywhere = { forth: `${protocol} ${near} ${far}`, back: `${protocol} ${far} ${near}` };
    const inside = { forth: `${netns} ${anywhere.forth}`, back: `${netns} ${anywhere.back}` };
    this.#tuples.set(end, { inside, anywhere });
    return { inside, anywhere };
  }
}

/** Keys of a tuple, from this end (`forth`) and from the other (`back`): within one network namespace, and in any. */
interface Tuples {
  readonly inside: { readonly forth: string; readonly back: string };
  readonly anywhere: { readonly forth: string; readonly back: string };
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

/**
 * Any user may bind a foreign address (IP_FREEBIND) and connect to one end of another user's connection. The tuple is then
 * mirrored, but the handshake never succeeds, and after it has failed the socket keeps the tuple until it is closed. So a TCP
 * socket counts as an end only in states after a handshake.
 */
function isEnd({ record: { remote, protocol }, state }: KnownSocket): boolean {
  if (remote.port === 0) return false;
  return protocol === 'udp' || (protocol === 'tcp' && connected.includes(state));
}

const connected: readonly State[] = [
  'established',
  'fin-wait-1',
  'fin-wait-2',
  'close-wait',
  'last-ack',
  'closing',
  'time-wait',
];

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

function plainEnd({ address, port }: Endpoint): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}
