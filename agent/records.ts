/** Binary records of bpf/records.h and native/src/broker_protocol.h, decoded and encoded by the addon's own offsets. */

import { constants, layout, type StructLayout } from './native';
import {
  addressBytes,
  type Endpoint,
  type Family,
  formatAddress,
  type Protocol,
  protocols,
  type SocketDetail,
  type SocketId,
  type State,
  type TcpDetail,
  timers,
} from './protocol';

/** One socket as the kernel showed it. */
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
  /** A subflow of MPTCP: what its owners hold is another socket, above it. */
  readonly mptcp: boolean;
  /** Null: not TCP, or nobody holds it. */
  readonly sequence: Sequence | null;
}

/** What a TCP socket sends next, and what it expects next, as 32-bit numbers. */
export interface Sequence {
  readonly sent: number;
  readonly received: number;
}

/** A socket with the file descriptors that hold it; an exited thread leader's rows are one. */
export interface JoinedSocket<O extends OwnerRecord = OwnerRecord> {
  readonly record: SocketRecord;
  readonly owners: readonly O[];
}

export interface OwnerRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly fd: number;
  readonly name: string;
  /** Uid that the process runs as; 0 where its real, effective and saved uid differ. */
  readonly uid: number;
}

/** What the hook leaves out already; absent parts let everything through. */
export interface ConnectFilter {
  readonly protocol?: Protocol;
  readonly remotePort?: number;
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

/** IPPROTO_* of the protocols; RAW sockets have none of their own. */
const protocolNumbers: Readonly<Record<Protocol, number>> = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  mptcp: 262,
  raw: constants.rawProtocol,
};
const protocolOf = new Map(protocols.map((protocol) => [protocolNumbers[protocol], protocol]));

/** Kernel state numbers that the code names; the words of all of them are in stateWords. */
export const kernelState = { timeWait: 6 } as const;

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

/**
 * Sockets with their owners, from one row for each file descriptor. A socket is decoded once, however many
 * descriptors it has: one process can hold it by thousands.
 */
export function decodeSockets(bytes: Buffer): JoinedSocket[] {
  const { size, offsets } = layout.socket_record;
  const sockets = new Map<string, { record: SocketRecord; owners: Map<string, OwnerRecord> }>();
  for (let at = 0; at + size <= bytes.length; at += size) {
    const key = idKey({ netns: bytes.readUInt32LE(at + offsets.netns), cookie: decodeCookie(bytes, at) });
    const socket = sockets.get(key) ?? { record: decodeSocket(bytes, at), owners: new Map() };
    sockets.set(key, socket);
    const owner = decodeOwner(bytes, at);
    if (owner) socket.owners.set(`${owner.pid}/${owner.fd}`, owner);
  }
  return [...sockets.values()].map(({ record, owners }) => ({
    record,
    owners: [...owners.values()].sort(byPid),
  }));
}

/** Owners by the inode of what they hold, from rows that tell nothing else. */
export function decodeOwners(bytes: Buffer): Map<string, OwnerRecord[]> {
  const { size, offsets } = layout.socket_record;
  const owners = new Map<string, OwnerRecord[]>();
  for (let at = 0; at + size <= bytes.length; at += size) {
    const owner = decodeOwner(bytes, at);
    const inode = bytes.readBigUInt64LE(at + offsets.inode).toString();
    if (!owner) continue;
    const held = owners.get(inode);
    if (held) held.push(owner);
    else owners.set(inode, [owner]);
  }
  return owners;
}

/** Key of a socket in maps, and id of its rows. */
export function idKey({ netns, cookie }: SocketId): string {
  return `${netns}:${cookie}`;
}

function byPid(a: OwnerRecord, b: OwnerRecord): number {
  return a.pid - b.pid || a.fd - b.fd;
}

function decodeCookie(bytes: Buffer, at: number): string {
  return bytes.readBigUInt64LE(at + layout.socket_record.offsets.cookie).toString();
}

function decodeSocket(bytes: Buffer, at: number): SocketRecord {
  const { offsets } = layout.socket_record;
  return {
    ...decodeTuple(bytes, at, layout.socket_record),
    netns: bytes.readUInt32LE(at + offsets.netns),
    cookie: decodeCookie(bytes, at),
    inode: bytes.readBigUInt64LE(at + offsets.inode).toString(),
    kernelState: bytes.readUInt8(at + offsets.state),
    uid: bytes.readUInt32LE(at + offsets.uid),
    mptcp: (bytes.readUInt8(at + offsets.flags) & constants.flag.mptcp) !== 0,
    sequence: decodeSequence(bytes, at),
  };
}

function decodeSequence(bytes: Buffer, at: number): Sequence | null {
  const { offsets } = layout.socket_record;
  const sent = bytes.readUInt32LE(at + offsets.snd_nxt);
  const received = bytes.readUInt32LE(at + offsets.rcv_nxt);
  return sent === 0 && received === 0 ? null : { sent, received };
}

/** Null: the row shows no owner. */
function decodeOwner(bytes: Buffer, at: number): OwnerRecord | null {
  const { offsets } = layout.socket_record;
  const pid = bytes.readUInt32LE(at + offsets.pid);
  if (pid === 0) return null;
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
  return protocolOf.get(number) ?? 'raw';
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

export function encodeConnectFilter({ protocol, remotePort }: ConnectFilter): Buffer {
  const { size, offsets } = layout.connect_filter;
  const bytes = Buffer.alloc(size);
  if (protocol) bytes.writeUInt16LE(protocolNumbers[protocol], offsets.protocol);
  if (remotePort !== undefined) bytes.writeUInt16LE(remotePort, offsets.remote_port);
  return bytes;
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
    bytes.writeUInt16LE(protocolNumbers[target.protocol], at + offsets.protocol);
    bytes.writeUInt16LE(target.local.port, at + offsets.local_port);
    bytes.writeUInt16LE(target.remote.port, at + offsets.remote_port);
    bytes.set(addressBytes(target.local.address) ?? [], at + offsets.local_address);
    bytes.set(addressBytes(target.remote.address) ?? [], at + offsets.remote_address);
  });
  return bytes;
}

/** One target alone, as the requests about one socket take it. */
export function encodeTarget(target: DestroyRecord): Buffer {
  return encodeTargets(0, [target]).subarray(layout.destroy_request.size);
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

/** What the events since the last listing said about how the connection of one socket ends. */
export interface EndRecord extends SocketId {
  /** Its owner closed it first, or its peer did. */
  readonly here: boolean;
  readonly peer: boolean;
  /** Closed because the owner was ending. */
  readonly exiting: boolean;
  /** The peer's RST arrived. */
  readonly reset: boolean;
  /** Positive errno (sk_err); 0: none. */
  readonly errno: number;
}

export function decodeEnds(bytes: Buffer, count: number): EndRecord[] {
  const { size, offsets } = layout.socket_end;
  const { here, peer, exiting, reset } = constants.endFlag;
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    const flags = bytes.readUInt16LE(at + offsets.flags);
    return {
      netns: bytes.readUInt32LE(at + offsets.netns),
      cookie: bytes.readBigUInt64LE(at + offsets.cookie).toString(),
      here: (flags & here) !== 0,
      peer: (flags & peer) !== 0,
      exiting: (flags & exiting) !== 0,
      reset: (flags & reset) !== 0,
      errno: bytes.readUInt16LE(at + offsets.error),
    };
  });
}

export function decodeDetail(bytes: Buffer): SocketDetail {
  const { offsets } = layout.socket_detail;
  const u32 = (field: keyof typeof offsets) => bytes.readUInt32LE(offsets[field]);
  return {
    receiveQueue: u32('receive_queue'),
    sendQueue: u32('send_queue'),
    timer: {
      kind: timers[bytes.readUInt8(offsets.timer)] ?? 'none',
      expiresMs: u32('timer_expires_ms'),
      retransmits: bytes.readUInt8(offsets.timer_retransmits),
    },
    tcp: bytes.readUInt8(offsets.has_tcp) === 1 ? decodeTcpDetail(bytes) : null,
  };
}

function decodeTcpDetail(bytes: Buffer): TcpDetail {
  const { offsets } = layout.socket_detail;
  const u32 = (field: keyof typeof offsets) => bytes.readUInt32LE(offsets[field]);
  const u64 = (field: keyof typeof offsets) => Number(bytes.readBigUInt64LE(offsets[field]));
  return {
    rttMs: u32('rtt_us') / 1000,
    rttVarianceMs: u32('rtt_variance_us') / 1000,
    minRttMs: u32('min_rtt_us') / 1000,
    retransmitting: u32('retransmitting'),
    totalRetransmits: u32('total_retransmits'),
    unacked: u32('unacked'),
    lost: u32('lost'),
    congestionWindow: u32('congestion_window'),
    congestionControl: decodeName(bytes, offsets.congestion_control),
    sendMss: u32('send_mss'),
    pathMtu: u32('path_mtu'),
    lastDataSentMs: u32('last_data_sent_ms'),
    lastDataReceivedMs: u32('last_data_received_ms'),
    lastAckReceivedMs: u32('last_ack_received_ms'),
    bytesSent: u64('bytes_sent'),
    bytesAcked: u64('bytes_acked'),
    bytesReceived: u64('bytes_received'),
    bytesRetransmitted: u64('bytes_retransmitted'),
    deliveryRate: u64('delivery_rate'),
  };
}
