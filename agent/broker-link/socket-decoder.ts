/** Decodes the addon's rows to sockets. Rows that have not changed since the last listing are not decoded again. */

import { constants, layout } from './native';
import {
  decodeName,
  decodeTuple,
  decodeU64,
  type JoinedSocket,
  type OwnerRecord,
  type SocketRecord,
} from './records';

const word = 4;

/** The rows of one socket: where they start, in words, and the decoded socket. */
interface Rows {
  readonly starts: number[];
  socket: JoinedSocket | null;
}

export class SocketDecoder {
  #words: Uint32Array = new Uint32Array(0);
  #rows = new Map<number, Rows>();

  /**
   * `bytes`: one row for each file descriptor. A socket is decoded once, however many descriptors it has: a process can hold
   * it by thousands.
   */
  decode(bytes: Buffer): JoinedSocket[] {
    const words = wordsOf(bytes);
    const rows = rowsByCookie(bytes);
    const sockets: JoinedSocket[] = [];
    for (const [cookie, found] of rows) {
      const before = this.#rows.get(cookie);
      found.socket = before && this.#same(before, found, words) ? before.socket : null;
      found.socket ??= decodeRows(bytes, found.starts);
      const at = (found.starts[0] ?? 0) * word;
      found.socket.sent = bytes.readUInt32LE(at + layout.socket_record.offsets.snd_nxt);
      found.socket.received = bytes.readUInt32LE(at + layout.socket_record.offsets.rcv_nxt);
      sockets.push(found.socket);
    }
    this.#words = words;
    this.#rows = rows;
    return sockets;
  }

  #same(before: Rows, now: Rows, words: Uint32Array): boolean {
    if (before.starts.length !== now.starts.length) return false;
    for (let row = 0; row < now.starts.length; row++)
      if (!sameRow(this.#words, before.starts[row] ?? 0, words, now.starts[row] ?? 0)) return false;
    return true;
  }
}

/** Compares all fields but the sequence numbers, which come last. */
function sameRow(before: Uint32Array, from: number, now: Uint32Array, at: number): boolean {
  const length = layout.socket_record.offsets.snd_nxt / word;
  for (let index = 0; index < length; index++) if (before[from + index] !== now[at + index]) return false;
  return true;
}

/** Copies unaligned bytes: a Uint32Array must start at a whole word. */
function wordsOf(bytes: Buffer): Uint32Array {
  const { buffer, byteOffset } =
    bytes.byteOffset % word === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  return new Uint32Array(buffer, byteOffset, Math.floor(bytes.length / word));
}

/** A cookie is unique on the machine. The kernel counts them up, far below 2 ** 53. */
function rowsByCookie(bytes: Buffer): Map<number, Rows> {
  const { size, offsets } = layout.socket_record;
  const rows = new Map<number, Rows>();
  for (let at = 0; at + size <= bytes.length; at += size) {
    const cookie =
      bytes.readUInt32LE(at + offsets.cookie) + bytes.readUInt32LE(at + offsets.cookie + 4) * 2 ** 32;
    const known = rows.get(cookie);
    if (known) known.starts.push(at / word);
    else rows.set(cookie, { starts: [at / word], socket: null });
  }
  return rows;
}

function decodeRows(bytes: Buffer, starts: readonly number[]): JoinedSocket {
  return {
    record: decodeSocket(bytes, (starts[0] ?? 0) * word),
    owners: decodeOwnersOf(bytes, starts),
    ownersLeftOut: bytes.readUInt16LE((starts[0] ?? 0) * word + layout.socket_record.offsets.owners_left_out),
    sent: 0,
    received: 0,
  };
}

/** Each descriptor once. */
function decodeOwnersOf(bytes: Buffer, starts: readonly number[]): OwnerRecord[] {
  const found = starts.flatMap((start) => decodeOwner(bytes, start * word) ?? []);
  if (found.length <= 1) return found;
  return [...new Map(found.map((owner) => [`${owner.pid}/${owner.fd}`, owner])).values()].sort(byPid);
}

/** Owners by socket inode, from rows that hold nothing else. */
export function decodeOwners(bytes: Buffer): Map<string, OwnerRecord[]> {
  const { size, offsets } = layout.socket_record;
  const owners = new Map<string, OwnerRecord[]>();
  for (let at = 0; at + size <= bytes.length; at += size) {
    const owner = decodeOwner(bytes, at);
    const inode = decodeU64(bytes, at + offsets.inode);
    if (!owner) continue;
    const held = owners.get(inode);
    if (held) held.push(owner);
    else owners.set(inode, [owner]);
  }
  return owners;
}

function byPid(a: OwnerRecord, b: OwnerRecord): number {
  return a.pid - b.pid || a.fd - b.fd;
}

function decodeSocket(bytes: Buffer, at: number): SocketRecord {
  const { offsets } = layout.socket_record;
  const { autobound, portBound } = constants.flag;
  const flags = bytes.readUInt8(at + offsets.flags);
  const { family, protocol, local, remote } = decodeTuple(bytes, at, layout.socket_record);
  return {
    family,
    protocol,
    local,
    remote,
    netns: bytes.readUInt32LE(at + offsets.netns),
    cookie: decodeU64(bytes, at + offsets.cookie),
    inode: decodeU64(bytes, at + offsets.inode),
    kernelState: bytes.readUInt8(at + offsets.state),
    uid: bytes.readUInt32LE(at + offsets.uid),
    mptcp: (flags & constants.flag.mptcp) !== 0,
    portFrom: flags & autobound ? 'kernel' : flags & portBound ? 'process' : null,
  };
}

/** Null: a row without an owner. */
function decodeOwner(bytes: Buffer, at: number): OwnerRecord | null {
  const { offsets } = layout.socket_record;
  const pid = bytes.readUInt32LE(at + offsets.pid);
  if (pid === 0) return null;
  return {
    pid,
    startTime: decodeU64(bytes, at + offsets.start_time),
    fd: bytes.readInt32LE(at + offsets.fd),
    name: decodeName(bytes, at + offsets.name),
    uid: bytes.readUInt32LE(at + offsets.owner_uid),
  };
}
