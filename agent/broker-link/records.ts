/** Types and decoders that all binary records of the addon share. Offsets come from the addon. */

import { type Endpoint, type Family, formatAddress, type Protocol, protocolOfNumber } from '../protocol';
import type { StructLayout } from './native';

/** One socket, as the kernel lists it. */
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
  /** A subflow of MPTCP: its owners hold the MPTCP socket above it. */
  readonly mptcp: boolean;
  /**
   * Who chose the local port: the kernel at connect() (UDP: or at a bind to port 0), or its process by bind(). Null: unknown,
   * a TCP bind to port 0, or an accepted connection, which has its listener's port.
   */
  readonly portFrom: 'kernel' | 'process' | null;
}

/** What runs in a process. */
export interface ProgramRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly name: string;
}

export interface OwnerRecord extends ProgramRecord {
  readonly fd: number;
  /** Uid that the process runs as; 0 where its real, effective and saved uid differ. */
  readonly uid: number;
}

export const AF_INET = 2;
export const AF_INET6 = 10;

type TupleField = 'family' | 'protocol' | 'local_port' | 'remote_port' | 'local_address' | 'remote_address';

export function decodeTuple(bytes: Buffer, at: number, { offsets }: StructLayout<TupleField>) {
  const family = bytes.readUInt16LE(at + offsets.family);
  return {
    family: family === AF_INET ? ('ipv4' as const) : ('ipv6' as const),
    protocol: protocolOfNumber(bytes.readUInt16LE(at + offsets.protocol)),
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

export function decodeAddress(bytes: Buffer, at: number, family: number): string {
  if (family === AF_INET) return dotted(bytes, at);
  return isMapped(bytes, at)
    ? `::ffff:${dotted(bytes, at + 12)}`
    : formatAddress(bytes.subarray(at, at + 16));
}

/** An address of IPv4 in the form of IPv6. */
export function isMapped(bytes: Buffer, at: number): boolean {
  return (
    bytes.readUInt32LE(at) === 0 && bytes.readUInt32LE(at + 4) === 0 && bytes.readUInt32BE(at + 8) === 0xffff
  );
}

/** Lately decoded ones: most sockets have one of few addresses, and share its text. */
const dottedTexts = new Map<number, string>();
const maxDottedTexts = 1000;

function dotted(bytes: Buffer, at: number): string {
  const number = bytes.readUInt32LE(at);
  const known = dottedTexts.get(number);
  if (known !== undefined) return known;
  if (dottedTexts.size >= maxDottedTexts) dottedTexts.clear();
  const text = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
  dottedTexts.set(number, text);
  return text;
}

/** A number of 64 bits as text; few are so large that only a BigInt holds them. */
export function decodeU64(bytes: Buffer, at: number): string {
  const number = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return number <= Number.MAX_SAFE_INTEGER ? String(number) : bytes.readBigUInt64LE(at).toString();
}

/** Bytes of a process's name: TASK_COMM_LEN. */
export const nameSize = 16;

export function decodeName(bytes: Buffer, at: number): string {
  const name = bytes.subarray(at, at + nameSize);
  const end = name.indexOf(0);
  return name.subarray(0, end < 0 ? nameSize : end).toString('utf8');
}
