/** The other ends of connections, in whatever network namespace of this machine. */

import { type Endpoint, formatEndpoint, type State, withoutMapping } from '../protocol';
import type { KnownSocket } from './known-sockets';

/** The other ends, by id. */
export type Peers = ReadonlyMap<string, KnownSocket>;

/**
 * Remembers what it has proved, for pairs that are told by their sequence numbers: these agree only while nothing is on the
 * way from one to the other.
 */
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
      apart.filter((end) => !peers.has(end.id) && end.joined.sent !== 0),
      peers,
    );
    return peers;
  }

  /** A tuple that several sockets share names none of them. */
  #pairByTuple(ends: readonly KnownSocket[], peers: Map<string, KnownSocket>, where: keyof Tuples): void {
    const byTuple = uniqueBy(ends, (end) => this.#tuple(end)[where].forth);
    for (const end of ends) {
      const peer = byTuple.get(this.#tuple(end)[where].back);
      if (peer && (peer.record.netns === end.record.netns || sequencesAgree(end, peer)))
        peers.set(end.id, peer);
    }
  }

  /** Address translation changes the tuple, but not what is sent: a container's published port, for example. */
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

/** A tuple as one end has it, and as the other has it: in one network namespace, and wherever it is. */
interface Tuples {
  readonly inside: { readonly forth: string; readonly back: string };
  readonly anywhere: { readonly forth: string; readonly back: string };
}

/** Leaves out what several share a key. */
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
 * Anybody may bind a foreign address (IP_FREEBIND) and connect to one end of another's connection: that is a mirrored tuple,
 * but the handshake never ends. When it has failed, the socket still keeps the tuple until it is closed. So a TCP socket
 * counts as an end only in the states that lie behind a handshake.
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

/** Loopback addresses lead nowhere but into their own namespace. */
function leavesItsNamespace({ record: { local } }: KnownSocket): boolean {
  return !withoutMapping(local.address).startsWith('127.') && local.address !== '::1';
}

/** Bytes on the way between two ends: more than the largest window that is usual. */
const mostInFlight = 64 * 1024 * 1024;

/**
 * Addresses repeat in namespaces that know nothing of each other, and a user who makes a namespace gives it any address. What
 * two ends of one connection send and expect is the same to within what is on its way.
 */
function sequencesAgree({ joined: a }: KnownSocket, { joined: b }: KnownSocket): boolean {
  if (a.sent === 0 || b.sent === 0) return true;
  return isNear(a.sent, b.received) && isNear(b.sent, a.received);
}

/** Sequence numbers wrap around. */
function isNear(sent: number, received: number): boolean {
  return Math.abs((sent - received) | 0) <= mostInFlight;
}

function plainEnd({ address, port }: Endpoint): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}
