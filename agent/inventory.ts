/** One look at the kernel's sockets: records joined to sockets with owners, peers and lifeline. */

import type { CommandLines, NamedOwner } from './command-lines';
import { groupBy } from './group-by';
import { lifelineIds } from './lifeline';
import {
  formatEndpoint,
  type Owner,
  type Socket,
  type SocketId,
  type State,
  withoutMapping,
} from './protocol';
import { idKey, type JoinedSocket, type SocketRecord, stateWord } from './records';
import type { Source } from './source';

/** A socket with what only the agent needs. */
export interface SeenSocket {
  readonly socket: Socket;
  readonly record: SocketRecord;
  /** Uids that its owners run as. */
  readonly ownerUids: readonly number[];
}

export class Inventory {
  readonly #byId = new Map<string, SeenSocket>();
  /** Network namespaces that could not be entered. */
  readonly skipped: Awaited<ReturnType<Source['list']>>['skipped'];

  private constructor(sockets: readonly SeenSocket[], skipped: Inventory['skipped']) {
    for (const seen of sockets) this.#byId.set(idKey(seen.socket), seen);
    this.skipped = skipped;
  }

  /** Takes a new look. Errors: brokerLost, kernelRefused. */
  static async look(
    source: Source,
    commands: CommandLines,
    carrierPids: readonly number[],
  ): Promise<Inventory> {
    const { sockets, skipped } = await source.list();
    const peers = findPeers(sockets);
    commands.keepOnly(sockets.flatMap(({ owners }) => owners));
    const named = sockets.map(({ record, owners }) => ({
      record,
      owners: owners.map((owner) => commands.name(owner)),
    }));
    const lifeline = lifelineIds(named, peers, carrierPids, source.seesEveryOwner);
    const seen = named.map((socket) => toSeen(socket, peers.get(idKey(socket.record)), lifeline));
    return new Inventory(seen, skipped);
  }

  get(id: SocketId): SeenSocket | undefined {
    return this.#byId.get(idKey(id));
  }

  all(): IterableIterator<SeenSocket> {
    return this.#byId.values();
  }
}

/** The other ends, by id; a tuple that several sockets share names none of them. */
function findPeers(sockets: readonly JoinedSocket[]): Map<string, SocketId> {
  const byTuple = groupBy(
    sockets.filter(({ record }) => isEnd(record)),
    ({ record }) => tupleKey(record, record.local, record.remote),
  );
  const peers = new Map<string, SocketId>();
  for (const { record } of sockets) {
    if (!isEnd(record)) continue;
    const others = byTuple.get(tupleKey(record, record.remote, record.local));
    const [peer] = others ?? [];
    if (others?.length === 1 && peer)
      peers.set(idKey(record), { netns: peer.record.netns, cookie: peer.record.cookie });
  }
  return peers;
}

function isConnected(record: SocketRecord): boolean {
  return record.remote.port !== 0;
}

/**
 * Anybody may bind a foreign IPv6 address (IPV6_FREEBIND) and connect to one end of another's connection: that is a mirrored
 * tuple, but the handshake never ends. So a TCP socket counts as an end only once it is over.
 */
function isEnd(record: SocketRecord): boolean {
  return isConnected(record) && !(record.protocol === 'tcp' && handshakes.includes(stateWord(record)));
}

const handshakes: readonly State[] = ['syn-sent', 'syn-recv'];

function tupleKey(record: SocketRecord, from: SocketRecord['local'], to: SocketRecord['local']): string {
  const [source, target] = [from, to].map(({ address, port }) =>
    formatEndpoint({ address: withoutMapping(address), port }),
  );
  return `${record.netns} ${record.protocol} ${source} ${target}`;
}

function toSeen(
  { record, owners }: JoinedSocket<NamedOwner>,
  peer: SocketId | undefined,
  lifeline: ReadonlySet<string>,
): SeenSocket {
  return {
    record,
    ownerUids: [...new Set(owners.map(({ uid }) => uid))],
    socket: {
      cookie: record.cookie,
      netns: record.netns,
      protocol: record.protocol,
      family: record.family,
      state: stateWord(record),
      local: record.local,
      remote: isConnected(record) ? record.remote : null,
      uid: record.uid,
      inode: record.inode,
      owners: owners.map(toOwner),
      peer: peer ?? null,
      lifeline: lifeline.has(idKey(record)),
      kernel: false,
    },
  };
}

function toOwner({ pid, startTime, fd, name, command }: NamedOwner): Owner {
  return { pid, startTime, fd, name, command };
}
