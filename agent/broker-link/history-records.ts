/** Decodes what became of connections, as the broker's history has it. */

import type { Endpoint } from '../protocol';
import { constants, layout } from './native';
import {
  AF_INET,
  decodeAddress,
  decodeName,
  decodeU64,
  isMapped,
  nameSize,
  type ProgramRecord,
} from './records';

/** One event of a connection, with all that was known of it by then. */
export interface ConnectionRecord {
  readonly kind: 'opened' | 'failed' | 'ended';
  readonly cookie: string;
  readonly netns: number;
  /** Milliseconds of CLOCK_MONOTONIC, as all times. */
  readonly at: number;
  /** connect() was called, or a listener took it; 0: before the history. */
  readonly began: number;
  /** 0: never established, or before the history. */
  readonly opened: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly sent: number;
  readonly received: number;
  /** constants.noUid: of a process with several. */
  readonly uid: number;
  /** Null: not known. */
  readonly process: ProgramRecord | null;
  /** Of a destroy: the parent of the process that did it. */
  readonly parent: number;
  /** sk_err, positive; 0: none. */
  readonly errno: number;
  readonly direction: 'out' | 'in' | null;
  /** Who closed it first, if anybody did: its owner, its peer. */
  readonly here: boolean;
  readonly peer: boolean;
  /** Its owner was ending. */
  readonly exiting: boolean;
  /** No packet was sent. */
  readonly unsent: boolean;
}

const { size, offsets } = layout.connection_event;
const { opened, failed } = constants.connectionKind;

/** Both ends of a connection are established within this time. */
const maxApartMs = 1000;

export { size as connectionSize };

export interface HistoryEvents {
  readonly lost: number;
  /** Records, connectionSize each. */
  readonly records: Buffer;
}

export function decodeHistory(payload: Buffer): HistoryEvents {
  return {
    lost: Number(payload.readBigUInt64LE(layout.history_header.offsets.lost)),
    records: payload.subarray(layout.history_header.size),
  };
}

/** `at`: where the record begins. */
export function decodeConnection(bytes: Buffer, at: number): ConnectionRecord {
  const flags = bytes.readUInt8(at + offsets.flags);
  const has = (flag: keyof typeof constants.connectionFlag) => (flags & constants.connectionFlag[flag]) !== 0;
  return {
    kind: kindOf(bytes.readUInt8(at + offsets.kind)),
    cookie: decodeU64(bytes, at + offsets.cookie),
    netns: bytes.readUInt32LE(at + offsets.netns),
    at: millisecondsAt(bytes, at + offsets.at_ns),
    began: millisecondsAt(bytes, at + offsets.began_ns),
    opened: millisecondsAt(bytes, at + offsets.opened_ns),
    ...decodeEnds(bytes, at),
    sent: numberAt(bytes, at + offsets.sent),
    received: numberAt(bytes, at + offsets.received),
    uid: bytes.readUInt32LE(at + offsets.uid),
    process: decodeProcess(bytes, at),
    parent: bytes.readUInt32LE(at + offsets.parent),
    errno: bytes.readInt32LE(at + offsets.error),
    direction: has('out') ? 'out' : has('in') ? 'in' : null,
    here: has('here'),
    peer: has('peer'),
    exiting: has('exiting'),
    unsent: has('unsent'),
  };
}

/** What is needed of each record as it comes. */
export function connectionHead(bytes: Buffer, at: number) {
  return {
    cookie: bytes.readBigUInt64LE(at + offsets.cookie),
    isOpened: bytes.readUInt8(at + offsets.kind) === opened,
    isOut: (bytes.readUInt8(at + offsets.flags) & constants.connectionFlag.out) !== 0,
    at: millisecondsAt(bytes, at + offsets.at_ns),
    opened: millisecondsAt(bytes, at + offsets.opened_ns),
  };
}

/** 32 bits, equal for both ends of a connection. */
export function endsHash(bytes: Buffer, at: number, seed: number): number {
  const netns = bytes.readUInt32LE(at + offsets.netns);
  return mixed(
    netns,
    endHash(bytes, endAt(bytes, at, 'local'), seed) + endHash(bytes, endAt(bytes, at, 'remote'), seed),
  );
}

/** Whether one is the other end of the other, on this machine and in the same network namespace. */
export function areEnds(bytes: Buffer, a: number, b: number): boolean {
  return (
    bytes.readUInt32LE(a + offsets.netns) === bytes.readUInt32LE(b + offsets.netns) &&
    establishedApart(bytes, a, b) <= maxApartMs &&
    sameEnd(bytes, endAt(bytes, a, 'local'), endAt(bytes, b, 'remote')) &&
    sameEnd(bytes, endAt(bytes, a, 'remote'), endAt(bytes, b, 'local'))
  );
}

/** Milliseconds. */
export function establishedApart(bytes: Buffer, a: number, b: number): number {
  return Math.abs(
    millisecondsAt(bytes, a + offsets.opened_ns) - millisecondsAt(bytes, b + offsets.opened_ns),
  );
}

/** The processes of records that have this name. */
export function* processesNamed(records: Buffer, name: string): Generator<ProgramRecord> {
  const wanted = Buffer.alloc(nameSize);
  wanted.write(name);
  for (let at = 0; at + size <= records.length; at += size) {
    const start = at + offsets.name;
    const process =
      wanted.compare(records, start, start + nameSize) === 0 ? decodeProcess(records, at) : null;
    if (process) yield process;
  }
}

/** Copies the process of another record of the same connection. */
export function copyProcess(from: Buffer, fromAt: number, to: Buffer, toAt: number): void {
  to.writeUInt32LE(from.readUInt32LE(fromAt + offsets.pid), toAt + offsets.pid);
  to.writeBigUInt64LE(from.readBigUInt64LE(fromAt + offsets.start_time), toAt + offsets.start_time);
  from.copy(to, toAt + offsets.name, fromAt + offsets.name, fromAt + offsets.name + nameSize);
}

export function decodeProcess(bytes: Buffer, at: number): ProgramRecord | null {
  const pid = bytes.readUInt32LE(at + offsets.pid);
  if (pid === 0) return null;
  return {
    pid,
    startTime: decodeU64(bytes, at + offsets.start_time),
    name: decodeName(bytes, at + offsets.name),
  };
}

function decodeEnds(bytes: Buffer, at: number) {
  const family = bytes.readUInt16LE(at + offsets.family);
  const end = (
    address: 'local_address' | 'remote_address',
    port: 'local_port' | 'remote_port',
  ): Endpoint => ({
    address: decodeAddress(bytes, at + offsets[address], family),
    port: bytes.readUInt16LE(at + offsets[port]),
  });
  return { local: end('local_address', 'local_port'), remote: end('remote_address', 'remote_port') };
}

/** Where an end's address lies, that of a mapped one as that of IPv4, and its port. */
interface RawEnd {
  readonly from: number;
  readonly to: number;
  readonly port: number;
}

function endAt(bytes: Buffer, at: number, end: 'local' | 'remote'): RawEnd {
  const isLocal = end === 'local';
  const address = at + (isLocal ? offsets.local_address : offsets.remote_address);
  const port = bytes.readUInt16LE(at + (isLocal ? offsets.local_port : offsets.remote_port));
  if (bytes.readUInt16LE(at + offsets.family) === AF_INET) return { from: address, to: address + 4, port };
  return { from: isMapped(bytes, address) ? address + 12 : address, to: address + 16, port };
}

function sameEnd(bytes: Buffer, a: RawEnd, b: RawEnd): boolean {
  return a.port === b.port && bytes.compare(bytes, b.from, b.to, a.from, a.to) === 0;
}

function endHash(bytes: Buffer, { from, to, port }: RawEnd, seed: number): number {
  let hash = mixed(seed, port);
  for (let at = from; at < to; at += 4) hash = mixed(hash, bytes.readUInt32LE(at));
  return hash;
}

/** The finalizer of MurmurHash3. */
function mixed(hash: number, value: number): number {
  let bits = hash ^ value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function kindOf(kind: number): ConnectionRecord['kind'] {
  if (kind === opened) return 'opened';
  return kind === failed ? 'failed' : 'ended';
}

function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function millisecondsAt(bytes: Buffer, at: number): number {
  return numberAt(bytes, at) / 1e6;
}
