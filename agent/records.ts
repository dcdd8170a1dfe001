/** Binary records of bpf/records.h and native/src/broker_protocol.h, decoded and encoded by the addon's own offsets. */

import { constants, layout, type StructLayout } from './native';
import {
  addressBytes,
  type Endpoint,
  type Family,
  formatAddress,
  type Protocol,
  type State,
} from './protocol';

/** One socket as one file descriptor of one process holds it, or (owner null) as sock_diag showed it. */
export interface SocketRecord {
  readonly netns: number;
  readonly cookie: string;
  readonly inode: string;
  readonly family: Family;
  readonly protocol: Protocol;
  /** The kernel's state number (include/net/tcp_states.h). */
  readonly kernelState: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly uid: number;
  readonly backlog: number;
  readonly owner: OwnerRecord | null;
}

export interface OwnerRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly fd: number;
  readonly name: string;
  /** Uid that the process runs as; 0 where its real, effective and saved uid differ. */
  readonly uid: number;
}

/** A connect() that the hook saw. */
export interface ConnectRecord {
  readonly netns: number;
  readonly cookie: string;
  readonly pid: number;
  readonly uid: number;
  readonly protocol: Protocol;
  readonly remote: Endpoint;
}

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

/** Kernel state numbers that the code names; the words of all of them are in stateWords. */
export const kernelState = { close: 7, timeWait: 6, newSynRecv: 12 } as const;

/** Index = kernel state number. 12 is the request socket that ss calls syn-recv, too. */
const stateWords: readonly State[] = [
  'close',
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'syn-recv',
];

/** The word for a kernel state; a TCP socket that is closed but keeps its port is `bound`. */
export function stateWord(record: Pick<SocketRecord, 'kernelState' | 'protocol' | 'local'>): State {
  const word = stateWords[record.kernelState] ?? 'close';
  return word === 'close' && record.protocol === 'tcp' && record.local.port !== 0 ? 'bound' : word;
}

export function decodeSockets(bytes: Buffer): SocketRecord[] {
  const { size, offsets } = layout.socket_record;
  const records: SocketRecord[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const pid = bytes.readUInt32LE(at + offsets.pid);
    records.push({
      ...decodeTuple(bytes, at, layout.socket_record),
      netns: bytes.readUInt32LE(at + offsets.netns),
      cookie: bytes.readBigUInt64LE(at + offsets.cookie).toString(),
      inode: bytes.readBigUInt64LE(at + offsets.inode).toString(),
      kernelState: bytes.readUInt8(at + offsets.state),
      uid: bytes.readUInt32LE(at + offsets.uid),
      backlog: bytes.readUInt32LE(at + offsets.backlog),
      owner: pid === 0 ? null : decodeOwner(bytes, at, pid),
    });
  }
  return records;
}

function decodeOwner(bytes: Buffer, at: number, pid: number): OwnerRecord {
  const { offsets } = layout.socket_record;
  return {
    pid,
    startTime: bytes.readBigUInt64LE(at + offsets.start_time).toString(),
    fd: bytes.readInt32LE(at + offsets.fd),
    name: decodeName(bytes, at + offsets.name),
    uid: bytes.readUInt32LE(at + offsets.owner_uid),
  };
}

type TupleField = 'family' | 'protocol' | 'local_port' | 'remote_port' | 'local_address' | 'remote_address';

function decodeTuple(bytes: Buffer, at: number, { offsets }: StructLayout<TupleField>) {
  const family = bytes.readUInt16LE(at + offsets.family);
  return {
    family: family === AF_INET ? ('ipv4' as const) : ('ipv6' as const),
    protocol: decodeProtocol(bytes.readUInt16LE(at + offsets.protocol)),
    local: {
      address: decodeAddress(bytes, at + offsets.local_address, family),
      port: bytes.readUInt16LE(at + offsets.local_port),
    },
    remote: {
      address: decodeAddress(bytes, at + offsets.remote_address, family),
      port: bytes.readUInt16LE(at + offsets.remote_port),
    },
  };
}

function decodeProtocol(number: number): Protocol {
  return number === IPPROTO_UDP ? 'udp' : 'tcp';
}

function decodeAddress(bytes: Buffer, at: number, family: number): string {
  return formatAddress(bytes.subarray(at, at + (family === AF_INET ? 4 : 16)));
}

function decodeName(bytes: Buffer, at: number): string {
  const name = bytes.subarray(at, at + 16);
  const end = name.indexOf(0);
  return name.subarray(0, end < 0 ? 16 : end).toString('utf8');
}

export function decodeConnect(bytes: Buffer): ConnectRecord {
  const { offsets } = layout.connect_record;
  const family = bytes.readUInt16LE(offsets.family);
  return {
    netns: bytes.readUInt32LE(offsets.netns),
    cookie: bytes.readBigUInt64LE(offsets.cookie).toString(),
    pid: bytes.readUInt32LE(offsets.pid),
    uid: bytes.readUInt32LE(offsets.uid),
    protocol: decodeProtocol(bytes.readUInt16LE(offsets.protocol)),
    remote: {
      address: decodeAddress(bytes, offsets.remote_address, family),
      port: bytes.readUInt16LE(offsets.remote_port),
    },
  };
}

/** A socket to destroy, with everything that the kernel compares. */
export interface DestroyRecord
  extends Pick<
    SocketRecord,
    'netns' | 'cookie' | 'family' | 'protocol' | 'kernelState' | 'local' | 'remote'
  > {}

export function encodeTargets(engine: number, targets: readonly DestroyRecord[]): Buffer {
  const { size, offsets } = layout.destroy_target;
  const head = layout.destroy_request.size;
  const bytes = Buffer.alloc(head + size * targets.length);
  bytes.writeUInt32LE(engine, layout.destroy_request.offsets.engine);
  bytes.writeUInt32LE(targets.length, layout.destroy_request.offsets.count);
  targets.forEach((target, index) => {
    const at = head + index * size;
    bytes.writeBigUInt64LE(BigInt(target.cookie), at + offsets.cookie);
    bytes.writeUInt32LE(target.netns, at + offsets.netns);
    bytes.writeUInt32LE(target.kernelState, at + offsets.state);
    bytes.writeUInt16LE(target.family === 'ipv4' ? AF_INET : AF_INET6, at + offsets.family);
    bytes.writeUInt16LE(target.protocol === 'udp' ? IPPROTO_UDP : IPPROTO_TCP, at + offsets.protocol);
    bytes.writeUInt16LE(target.local.port, at + offsets.local_port);
    bytes.writeUInt16LE(target.remote.port, at + offsets.remote_port);
    bytes.set(addressBytes(target.local.address) ?? [], at + offsets.local_address);
    bytes.set(addressBytes(target.remote.address) ?? [], at + offsets.remote_address);
  });
  return bytes;
}

export type DestroyStatus = keyof typeof constants.destroyStatus;

export interface DestroyReply {
  /** Null: no engine was tried. */
  readonly engine: 'bpf' | 'sock_diag' | null;
  readonly status: DestroyStatus;
  /** Positive errno; 0 where there was no error. */
  readonly errno: number;
}

export function decodeReplies(bytes: Buffer): DestroyReply[] {
  const { size, offsets } = layout.destroy_reply;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const at = index * size;
    const engine = bytes.readUInt32LE(at + offsets.engine);
    return {
      engine:
        engine === constants.engine.bpf ? 'bpf' : engine === constants.engine.sock_diag ? 'sock_diag' : null,
      status: statusName(bytes.readUInt32LE(at + offsets.status)),
      errno: bytes.readInt32LE(at + offsets.error),
    };
  });
}

function statusName(status: number): DestroyStatus {
  const names = Object.keys(constants.destroyStatus) as DestroyStatus[];
  return names.find((name) => constants.destroyStatus[name] === status) ?? 'pending';
}
