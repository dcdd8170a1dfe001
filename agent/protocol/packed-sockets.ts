/**
 * Sockets as they cross the wire: columns of numbers, which a JSON parser reads fast, and what repeats once a message. Of lists
 * the addon writes them (native/src/join/page.cc).
 */

import { protocolOfNumber, stateWord } from './kernel-numbers';
import type { Container, Endpoint, Owner, Peer, Protocol, Socket, State } from './sockets';
import { unsupportedReason } from './unsupported-reason';

export interface PackedSockets {
  readonly count: number;
  readonly processes: readonly PackedProcess[];
  readonly addresses: readonly string[];
  readonly containers: readonly Container[];
  readonly columns: Columns;
}

/** One program of a process; its command line as long as the socket may have it. */
export type PackedProcess = readonly [pid: number, startTime: string, name: string, command: string];

/** A number for each; one where all are the same, and no column where there are none. */
export type Column<Value = number> = Value | readonly Value[];

/** 64 bits: text where a number would not be exact. */
type Wide = number | string;

export interface Columns {
  // Of each socket.
  readonly netns: Column;
  readonly cookie: Column<Wide>;
  /** Numbers of kernel-numbers.ts. */
  readonly protocol: Column;
  readonly state: Column;
  /** Of rowFlag. */
  readonly flags: Column;
  /** Index of `addresses`. */
  readonly localAddress: Column;
  readonly localPort: Column;
  readonly remoteAddress: Column;
  /** 0: it has no remote end. */
  readonly remotePort: Column;
  readonly uid: Column;
  readonly inode: Column<Wide>;
  /** Index of `containers` and 1; 0: none. */
  readonly container: Column;
  readonly ownersLeftOut: Column;
  /** How many of `process` and `fd`; likewise for the others. */
  readonly owners: Column;
  readonly queuedFor: Column;
  /** 0: none, 1: the mirrored tuple in the same network namespace, 2: another, 3: as 1, and itself a socket of the message. */
  readonly peer: Column;
  // Of each peer of kind 3.
  /** Which socket of the message. */
  readonly peerRow: Column;
  // Of each peer of kind 1 or 2.
  readonly peerCookie: Column<Wide>;
  readonly peerOwners: Column;
  // Of each peer of kind 2.
  readonly peerNetns: Column;
  readonly peerProtocol: Column;
  readonly peerLocalAddress: Column;
  readonly peerLocalPort: Column;
  readonly peerRemoteAddress: Column;
  readonly peerRemotePort: Column;
  // Of each owner, socket by socket: its own, those that it waits for; then, peer by peer, those of kinds 1 and 2.
  /** Index of `processes`. */
  readonly process: Column;
  readonly fd: Column;
}

export const rowFlag = { ipv6: 1, lifeline: 2, kernel: 4, mptcpPath: 8 } as const;

/** The sockets of a message, in order. */
export function unpackSockets(packed: PackedSockets): Socket[] {
  const unpacker = new Unpacker(packed);
  const sockets: Unpaired[] = [];
  for (let row = 0; row < packed.count; row++) sockets.push(unpacker.socket(row));
  for (let row = 0; row < packed.count; row++) unpacker.pair(row, sockets);
  return sockets;
}

const nobody: readonly Owner[] = [];

interface Unpaired extends Omit<Socket, 'peer'> {
  peer: Peer | null;
}

/** Call `socket` for each row, in order; then `pair`, likewise. */
class Unpacker {
  readonly #packed: PackedSockets;
  readonly #columns: Columns;
  /** Those that were read. */
  #owners = 0;
  #peers = 0;
  #listedPeers = 0;
  #otherPeers = 0;

  constructor(packed: PackedSockets) {
    this.#packed = packed;
    this.#columns = packed.columns;
  }

  socket(row: number): Unpaired {
    const columns = this.#columns;
    const flags = at(columns.flags, row);
    const netns = at(columns.netns, row);
    const protocol = protocolOfNumber(at(columns.protocol, row));
    const local = this.#end(columns.localAddress, columns.localPort, row);
    const remote = this.#remote(columns.remoteAddress, columns.remotePort, row);
    const state = stateWord(at(columns.state, row), protocol, local.port);
    return {
      netns,
      cookie: String(at(columns.cookie, row)),
      protocol,
      local,
      remote,
      family: flags & rowFlag.ipv6 ? 'ipv6' : 'ipv4',
      state,
      uid: at(columns.uid, row),
      inode: String(at(columns.inode, row)),
      owners: this.#readOwners(at(columns.owners, row)),
      ownersLeftOut: at(columns.ownersLeftOut, row),
      queuedFor: this.#readOwners(at(columns.queuedFor, row)),
      peer: null,
      container: this.#packed.containers[at(columns.container, row) - 1] ?? null,
      lifeline: (flags & rowFlag.lifeline) !== 0,
      kernel: (flags & rowFlag.kernel) !== 0,
      unsupportedReason: reasonOf(protocol, state, flags),
    };
  }

  #end(addresses: Column, ports: Column, row: number): Endpoint {
    return { address: this.#packed.addresses[at(addresses, row)] ?? '', port: at(ports, row) };
  }

  #remote(addresses: Column, ports: Column, row: number): Endpoint | null {
    return at(ports, row) === 0 ? null : this.#end(addresses, ports, row);
  }

  #readOwners(count: number): readonly Owner[] {
    if (count === 0) return nobody;
    // A literal has room for one alone, and most sockets have one.
    const owners = [this.#readOwner()];
    while (owners.length < count) owners.push(this.#readOwner());
    return owners;
  }

  #readOwner(): Owner {
    const { process, fd } = this.#columns;
    const owner = this.#owners++;
    const [pid, startTime, name, command] = this.#packed.processes[at(process, owner)] as PackedProcess;
    return { pid, startTime, fd: at(fd, owner), name, command };
  }

  /** Gives the socket of a row its peer. What both ends have in common is one object. */
  pair(row: number, sockets: readonly Unpaired[]): void {
    const kind = at(this.#columns.peer, row);
    if (kind === 0) return;
    const socket = sockets[row] as Unpaired;
    if (kind === 3) {
      const { cookie, owners, queuedFor } = sockets[
        at(this.#columns.peerRow, this.#listedPeers++)
      ] as Unpaired;
      socket.peer = mirrored(socket, cookie, owners.length > 0 ? owners : queuedFor);
    } else {
      const cookie = String(at(this.#columns.peerCookie, this.#peers));
      const owners = this.#readOwners(at(this.#columns.peerOwners, this.#peers++));
      socket.peer = kind === 1 ? mirrored(socket, cookie, owners) : this.#otherPeer(cookie, owners);
    }
  }

  #otherPeer(cookie: string, owners: readonly Owner[]): Peer {
    const columns = this.#columns;
    const other = this.#otherPeers++;
    return {
      netns: at(columns.peerNetns, other),
      cookie,
      protocol: protocolOfNumber(at(columns.peerProtocol, other)),
      local: this.#end(columns.peerLocalAddress, columns.peerLocalPort, other),
      remote: this.#remote(columns.peerRemoteAddress, columns.peerRemotePort, other),
      owners,
    };
  }
}

/** The other end, which mirrors the tuple of this one. */
function mirrored(
  { netns, protocol, local, remote }: Unpaired,
  cookie: string,
  owners: readonly Owner[],
): Peer {
  // It has a remote end, and so has its peer.
  return { netns, cookie, protocol, local: remote as Endpoint, remote: local, owners };
}

/** Most sockets can be destroyed. */
function reasonOf(protocol: Protocol, state: State, flags: number): string | null {
  return unsupportedReason(protocol, state, (flags & rowFlag.mptcpPath) !== 0);
}

/** The value of a row. */
export function at<Value extends Wide>(column: Column<Value>, index: number): Value {
  return typeof column === 'object' ? (column[index] as Value) : column;
}
