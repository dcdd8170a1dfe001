/** The other ends of connections, in whatever network namespace of this machine. */

import { groupBy } from './group-by';
import { type Endpoint, formatEndpoint, type State, withoutMapping } from './protocol';
import { idKey, type JoinedSocket, type SocketRecord, stateWord } from './records';

/**
 * Remembers what it has proved, for pairs that are told by their sequence numbers: these agree only while nothing is on the
 * way from one to the other.
 */
export class PeerFinder {
  #proven = new Map<string, string>();

  /** The record of the other end, by the id (idKey) of each. */
  find(sockets: readonly JoinedSocket[]): Map<string, SocketRecord> {
    const ends = sockets.map(({ record }) => record).filter(isEnd);
    const peers = new Map<string, SocketRecord>();
    pairByTuple(ends, peers, tupleInNamespace, () => true);
    const apart = ends.filter((record) => !peers.has(idKey(record)) && !isLoopback(record.local));
    pairByTuple(apart, peers, tuple, sequencesAgree);
    const translated = ends.filter((record) => !peers.has(idKey(record)) && record.sequence !== null);
    this.#pairBySequence(translated, peers);
    return peers;
  }

  /** Address translation changes the tuple, but not what is sent: a container's published port, for example. */
  #pairBySequence(ends: readonly SocketRecord[], peers: Map<string, SocketRecord>): void {
    const byId = new Map(ends.map((record) => [idKey(record), record]));
    const proven = new Map<string, string>();
    const expecting = groupBy(ends, ({ sequence }) => `${sequence?.received}/${sequence?.sent}`);
    for (const [id, record] of byId) {
      const [candidate, another] =
        expecting.get(`${record.sequence?.sent}/${record.sequence?.received}`) ?? [];
      const found = candidate && !another ? candidate : byId.get(this.#proven.get(id) ?? '');
      if (!found || found === record || found.kernelState !== record.kernelState) continue;
      proven.set(id, idKey(found));
      peers.set(id, found);
    }
    this.#proven = proven;
  }
}

/** A tuple that several sockets share names none of them. */
function pairByTuple(
  ends: readonly SocketRecord[],
  peers: Map<string, SocketRecord>,
  keyOf: (record: SocketRecord, from: Endpoint, to: Endpoint) => string,
  agree: (a: SocketRecord, b: SocketRecord) => boolean,
): void {
  const byTuple = groupBy(ends, (record) => keyOf(record, record.local, record.remote));
  for (const record of ends) {
    const [peer, another] = byTuple.get(keyOf(record, record.remote, record.local)) ?? [];
    if (peer && !another && agree(record, peer)) peers.set(idKey(record), peer);
  }
}

/**
 * Anybody may bind a foreign IPv6 address (IPV6_FREEBIND) and connect to one end of another's connection: that is a mirrored
 * tuple, but the handshake never ends. So a TCP socket counts as an end only once it is over.
 */
function isEnd(record: SocketRecord): boolean {
  if (record.remote.port === 0 || (record.protocol !== 'tcp' && record.protocol !== 'udp')) return false;
  return record.protocol === 'udp' || !handshakes.includes(stateWord(record));
}

const handshakes: readonly State[] = ['syn-sent', 'syn-recv'];

/** Bytes on the way between two ends: more than the largest window that is usual. */
const mostInFlight = 64 * 1024 * 1024;

/**
 * Addresses repeat in namespaces that know nothing of each other, and a user who makes a namespace gives it any address. What
 * two ends of one connection send and expect is the same to within what is on its way.
 */
function sequencesAgree(a: SocketRecord, b: SocketRecord): boolean {
  if (a.protocol === 'udp') return true;
  if (!a.sequence || !b.sequence) return true;
  return near(a.sequence.sent, b.sequence.received) && near(b.sequence.sent, a.sequence.received);
}

/** Sequence numbers wrap around. */
function near(sent: number, received: number): boolean {
  return Math.abs((sent - received) | 0) <= mostInFlight;
}

/** Loopback addresses lead nowhere but into their own namespace. */
function isLoopback({ address }: Endpoint): boolean {
  return withoutMapping(address).startsWith('127.') || address === '::1';
}

function tupleInNamespace(record: SocketRecord, from: Endpoint, to: Endpoint): string {
  return `${record.netns} ${tuple(record, from, to)}`;
}

function tuple({ protocol }: SocketRecord, from: Endpoint, to: Endpoint): string {
  return `${protocol} ${plainEnd(from)} ${plainEnd(to)}`;
}

function plainEnd({ address, port }: Endpoint): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}
