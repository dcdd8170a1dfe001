/** Sockets of a list as JSON, from the columns of the wire: the text that their objects would have, and no objects. */

import {
  at,
  type Column,
  type Columns,
  jsonText,
  type PackedSockets,
  type Protocol,
  protocolOfNumber,
  rowFlag,
  type State,
  stateWord,
  unsupportedReason,
} from '../protocol';
import { listRank } from './list-order';

/** A page of a list. Its rows can be read in any order. */
class JsonPage {
  readonly #columns: Columns;
  /** Without the port that follows. */
  readonly #addresses: readonly string[];
  /** Without the descriptor in between. */
  readonly #processes: readonly (readonly [before: string, after: string])[];
  /** The first is of sockets without one. */
  readonly #containers: readonly string[];
  readonly #places: Places;

  constructor({ count, columns, addresses, processes, containers }: PackedSockets) {
    this.#columns = columns;
    this.#addresses = addresses.map((address) => `{"address":${jsonText(address)},"port":`);
    this.#processes = processes.map(([pid, startTime, name, command]) => [
      `{"pid":${pid},"startTime":${jsonText(startTime)},"fd":`,
      `,"name":${jsonText(name)},"command":${jsonText(command)}}`,
    ]);
    this.#containers = ['null', ...containers.map((container) => jsonText(container))];
    this.#places = placesOf(count, columns);
  }

  rank(row: number): number {
    const { localPort, remotePort } = this.#columns;
    return listRank(this.#state(row), at(localPort, row), at(remotePort, row));
  }

  /** As of the object, whose keys have this order. */
  text(row: number): string {
    const columns = this.#columns;
    const flags = at(columns.flags, row);
    const first = this.#places.owners[row] as number;
    const queued = first + at(columns.owners, row);
    const place = `{"netns":${at(columns.netns, row)},"cookie":"`;
    const kind = `","protocol":"${this.#protocol(row)}","local":`;
    const local = this.#local(row);
    const remote = this.#remote(row);
    const mirrored = (cookie: number | string, owners: string) =>
      `${place}${cookie}${kind}${remote},"remote":${local},"owners":${owners}}`;
    return (
      `${place}${at(columns.cookie, row)}${kind}${local},"remote":${remote},` +
      `"family":"${flags & rowFlag.ipv6 ? 'ipv6' : 'ipv4'}","state":"${this.#state(row)}",` +
      `"uid":${at(columns.uid, row)},"inode":"${at(columns.inode, row)}",` +
      `"owners":${this.#owners(first, queued)},"ownersLeftOut":${at(columns.ownersLeftOut, row)},` +
      `"queuedFor":${this.#owners(queued, queued + at(columns.queuedFor, row))},"peer":${this.#peer(row, mirrored)},` +
      `"container":${this.#containers[at(columns.container, row)]},` +
      `"lifeline":${(flags & rowFlag.lifeline) !== 0},"kernel":${(flags & rowFlag.kernel) !== 0},` +
      `"unsupportedReason":${this.#reason(row)}}`
    );
  }

  #protocol(row: number): Protocol {
    return protocolOfNumber(at(this.#columns.protocol, row));
  }

  #state(row: number): State {
    const { state, localPort } = this.#columns;
    return stateWord(at(state, row), this.#protocol(row), at(localPort, row));
  }

  #reason(row: number): string {
    const isPath = (at(this.#columns.flags, row) & rowFlag.mptcpPath) !== 0;
    const reason = unsupportedReason(this.#protocol(row), this.#state(row), isPath);
    return reason === null ? 'null' : jsonText(reason);
  }

  #local(row: number): string {
    return this.#end(this.#columns.localAddress, this.#columns.localPort, row);
  }

  #remote(row: number): string {
    const { remoteAddress, remotePort } = this.#columns;
    return at(remotePort, row) === 0 ? 'null' : this.#end(remoteAddress, remotePort, row);
  }

  #end(addresses: Column, ports: Column, index: number): string {
    return `${this.#addresses[at(addresses, index)]}${at(ports, index)}}`;
  }

  /** Those of these indexes. */
  #owners(first: number, end: number): string {
    if (first === end) return '[]';
    let text = '[';
    for (let owner = first; owner < end; owner++) {
      const [before, after] = this.#processes[at(this.#columns.process, owner)] as readonly [string, string];
      text += `${owner > first ? ',' : ''}${before}${at(this.#columns.fd, owner)}${after}`;
    }
    return `${text}]`;
  }

  /** `mirrored`: the text of one with the mirrored tuple in the same network namespace. */
  #peer(row: number, mirrored: (cookie: number | string, owners: string) => string): string {
    const columns = this.#columns;
    const kind = at(columns.peer, row);
    if (kind === 0) return 'null';
    const peer = this.#places.peers[row] as number;
    if (kind === 3) {
      const there = at(columns.peerRow, peer);
      return mirrored(at(columns.cookie, there), this.#ownersOfListed(there));
    }
    const first = this.#places.ownersOfPeers[row] as number;
    const owners = this.#owners(first, first + at(columns.peerOwners, peer));
    const cookie = at(columns.peerCookie, peer);
    return kind === 1 ? mirrored(cookie, owners) : this.#otherPeer(row, cookie, owners);
  }

  /** Of a peer that is a row: its own, else those that it waits for, which come next. */
  #ownersOfListed(row: number): string {
    const { owners, queuedFor } = this.#columns;
    const first = this.#places.owners[row] as number;
    return this.#owners(first, first + (at(owners, row) || at(queuedFor, row)));
  }

  #otherPeer(row: number, cookie: number | string, owners: string): string {
    const columns = this.#columns;
    const other = this.#places.others[row] as number;
    const { peerRemoteAddress, peerRemotePort } = columns;
    const remote =
      at(peerRemotePort, other) === 0 ? 'null' : this.#end(peerRemoteAddress, peerRemotePort, other);
    return (
      `{"netns":${at(columns.peerNetns, other)},"cookie":"${cookie}",` +
      `"protocol":"${protocolOfNumber(at(columns.peerProtocol, other))}",` +
      `"local":${this.#end(columns.peerLocalAddress, columns.peerLocalPort, other)},"remote":${remote},"owners":${owners}}`
    );
  }
}

/** For each row, where its part begins: of the columns of owners, of those of peers of its peer's kind, of peers of kind 2. */
interface Places {
  readonly owners: Uint32Array;
  readonly ownersOfPeers: Uint32Array;
  readonly peers: Uint32Array;
  readonly others: Uint32Array;
}

function placesOf(count: number, columns: Columns): Places {
  const places = {
    owners: new Uint32Array(count),
    ownersOfPeers: new Uint32Array(count),
    peers: new Uint32Array(count),
    others: new Uint32Array(count),
  };
  let [owners, listed, peers, others] = [0, 0, 0, 0];
  for (let row = 0; row < count; row++) {
    places.owners[row] = owners;
    owners += at(columns.owners, row) + at(columns.queuedFor, row);
  }
  for (let row = 0; row < count; row++) {
    const kind = at(columns.peer, row);
    places.ownersOfPeers[row] = owners;
    places.peers[row] = kind === 3 ? listed++ : peers;
    places.others[row] = others;
    if (kind === 1 || kind === 2) owners += at(columns.peerOwners, peers++);
    if (kind === 2) others++;
  }
  return places;
}

/** The JSON of all sockets, in the order of a list. */
export function* jsonSockets(pages: readonly PackedSockets[]): Generator<string> {
  const rows = pages.flatMap((packed) => {
    const page = new JsonPage(packed);
    return Array.from({ length: packed.count }, (_, row) => ({ page, row, rank: page.rank(row) }));
  });
  rows.sort((a, b) => a.rank - b.rank);
  for (const { page, row } of rows) yield page.text(row);
}
