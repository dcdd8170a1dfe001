/** Decodes what became of connections, as the broker's history has it. */

import type { Endpoint } from '../protocol';
import { constants, layout } from './native';
import { decodeAddress, decodeName, decodeU64, type ProgramRecord } from './records';

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
    at: millisecondsAt(bytes, at + offsets.at_ns),
  };
}

/** Equal for both ends of a connection, and of few others. */
export function portsKey(bytes: Buffer, at: number): number {
  const local = bytes.readUInt16LE(at + offsets.local_port);
  const remote = bytes.readUInt16LE(at + offsets.remote_port);
  return Math.min(local, remote) * 65536 + Math.max(local, remote);
}

/** The processes of records that have this name. */
export function* processesNamed(records: Buffer, name: string): Generator<ProgramRecord> {
  const wanted = Buffer.alloc(16);
  wanted.write(name);
  for (let at = 0; at + size <= records.length; at += size) {
    const start = at + offsets.name;
    const process = wanted.compare(records, start, start + 16) === 0 ? decodeProcess(records, at) : null;
    if (process) yield process;
  }
}

/** Copies the process of another record of the same connection. */
export function copyProcess(from: Buffer, fromAt: number, to: Buffer, toAt: number): void {
  for (const [field, length] of [
    ['pid', 4],
    ['start_time', 8],
    ['name', 16],
  ] as const)
    from.copy(to, toAt + offsets[field], fromAt + offsets[field], fromAt + offsets[field] + length);
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
