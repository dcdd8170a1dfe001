/** Decodes the addon's rows to sockets. Rows that have not changed since the last listing are not decoded again. */

import { constants, layout } from './native';
import { ProcessTexts } from './process-texts';
import { decodeTuple, decodeU64, type JoinedSocket, type OwnerRecord, type SocketRecord } from './records';

const word = 4;

/** The rows of one socket: where they start, in words, and the decoded socket. */
interface Rows {
  readonly first: number;
  /** Most sockets have one row. */
  others: number[];
  socket: JoinedSocket | null;
}

const none: number[] = [];

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
    const texts = new ProcessTexts(bytes);
    const sockets: JoinedSocket[] = [];
    for (const [cookie, found] of rows) {
      const before = this.#rows.get(cookie);
      found.socket = before && this.#same(before, found, words) ? before.socket : null;
      found.socket ??= decodeRows(bytes, found, texts);
      const at = found.first * word;
      found.socket.sent = bytes.readUInt32LE(at + layout.socket_record.offsets.snd_nxt);
      found.socket.received = bytes.readUInt32LE(at + layout.socket_record.offsets.rcv_nxt);
      sockets.push(found.socket);
    }
    this.#words = words;
    this.#rows = rows;
    return sockets;
  }

  #same(before: Rows, now: Rows, words: Uint32Array): boolean {
    if (before.others.length !== now.others.length) return false;
    if (!sameRow(this.#words, before.first, words, now.first)) return false;
    for (let row = 0; row < now.others.length; row++)
      if (!sameRow(this.#words, before.others[row] ?? 0, words, now.others[row] ?? 0)) return false;
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
    if (!known) rows.set(cookie, { first: at / word, others: none, socket: null });
    else if (known.others === none) known.others = [at / word];
    else known.others.push(at / word);
  }
  return rows;
}

function decodeRows(bytes: Buffer, rows: Rows, texts: ProcessTexts): JoinedSocket {
  const at = rows.first * word;
  return {
    record: decodeSocket(bytes, at),
    owners: decodeOwnersOf(bytes, rows, texts),
    ownersLeftOut: bytes.readUInt16LE(at + layout.socket_record.offsets.owners_left_out),
    sent: 0,
    received: 0,
  };
}

/** Each descriptor once. */
function decodeOwnersOf(bytes: Buffer, { first, others }: Rows, texts: ProcessTexts): OwnerRecord[] {
  const owner = decodeOwner(bytes, first * word, texts);
  if (others.length === 0) return owner ? [owner] : [];
  const found = [first, ...others].flatMap((start) => decodeOwner(bytes, start * word, texts) ?? []);
  return [...new Map(found.map((owner) => [`${owner.pid}/${owner.fd}`, owner])).values()].sort(byPid);
}

/** Owners by socket inode, from rows that hold nothing else. */
export function decodeOwners(bytes: Buffer): Map<string, OwnerRecord[]> {
  const { size, offsets } = layout.socket_record;
  const owners = new Map<string, OwnerRecord[]>();
  const texts = new ProcessTexts(bytes);
  for (let at = 0; at + size <= bytes.length; at += size) {
    const owner = decodeOwner(bytes, at, texts);
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
function decodeOwner(bytes: Buffer, at: number, texts: ProcessTexts): OwnerRecord | null {
  const { offsets } = layout.socket_record;
  const pid = bytes.readUInt32LE(at + offsets.pid);
  if (pid === 0) return null;
  const { startTime, name } = texts.of(pid, at);
  return {
    pid,
    startTime,
    fd: bytes.readInt32LE(at + offsets.fd),
    name,
    uid: bytes.readUInt32LE(at + offsets.owner_uid),
  };
}
