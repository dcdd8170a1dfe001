/** Encodes the rules that hold remotes down, and decodes their counts. */

import { addressBytes, type Direction, type Fault, type PortProtocol, protocolNumbers } from '../protocol';
import { constants, layout } from './native';

export interface UidRange {
  readonly first: number;
  readonly count: number;
}

export interface OutageRule {
  readonly fault: Fault;
  /** Milliseconds of CLOCK_MONOTONIC (performance.now() has another zero). */
  readonly expiresAt: number;
  /** Once the first of its sockets has ended, the rule lasts so many milliseconds from then on; null: until expiresAt. */
  readonly holdMs: number | null;
  /** Null: any, as for all below. */
  readonly netns: number | null;
  readonly uid: number | null;
  /** More uids, besides `uid`; those behind constants.maxUidRanges are not covered. */
  readonly subordinates: readonly UidRange[];
  readonly protocol: PortProtocol | null;
  readonly address: string | null;
  readonly port: number | null;
  /** Only these processes. */
  readonly pids: readonly number[] | null;
  /** Sockets whose packets a blackhole swallows from the start; else those whose end counts for holdMs. */
  readonly cookies: readonly string[];
  /** Of a blackhole; null: it drops all packets. */
  readonly loss: PacketLoss | null;
}

/** At most one of `percent` and `bytesPerSecond`. */
export interface PacketLoss {
  /** Above 0; null: all, or those that come too early. */
  readonly percent: number | null;
  /** Of `percent`: which ones. */
  readonly seed: number;
  /** What comes faster than this is dropped, of each socket in each direction; null: no limit. */
  readonly bytesPerSecond: number | null;
  readonly direction: Direction;
  /** Only those of `cookies`, not of new sockets. */
  readonly livingOnly: boolean;
}

export interface PacketCount {
  readonly seen: number;
  readonly dropped: number;
  /** Payload of those that were not dropped. */
  readonly bytes: number;
}

/** Effects of a rule so far. */
export interface OutageCount {
  /** Connects, and datagrams of sendto(), that failed. */
  readonly connects: number;
  /** That a rate was for. */
  readonly sockets: number;
  /** Packets that a blackhole is for. */
  readonly in: PacketCount;
  readonly out: PacketCount;
}

export function encodeOutage(index: number, rule: OutageRule): Buffer {
  const { size, offsets } = layout.outage_request;
  const pids = rule.pids ?? [];
  const header = Buffer.alloc(size);
  header.writeUInt32LE(index, offsets.index);
  header.writeUInt32LE(pids.length, offsets.processes);
  header.writeUInt32LE(rule.cookies.length, offsets.cookies);
  encodeRule(rule).copy(header, offsets.rule);
  return Buffer.concat([header, encodePids(pids), encodeCookies(rule.cookies)]);
}

function encodeRule(rule: OutageRule): Buffer {
  const { size, offsets } = layout.outage_rule;
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(BigInt(Math.round(rule.expiresAt * 1e6)), offsets.expires_ns);
  bytes.writeBigUInt64LE(BigInt(Math.round((rule.holdMs ?? 0) * 1e6)), offsets.hold_ns);
  bytes.writeUInt32LE(rule.netns ?? 0, offsets.netns);
  bytes.writeUInt32LE(rule.uid ?? 0, offsets.uid);
  for (const [at, range] of rule.subordinates.slice(0, constants.maxUidRanges).entries())
    writeRange(bytes, offsets.subuids + at * layout.uid_range.size, range);
  bytes.writeUInt16LE(rule.protocol ? protocolNumbers[rule.protocol] : 0, offsets.protocol);
  bytes.writeUInt16LE(rule.port ?? 0, offsets.remote_port);
  bytes.writeUInt8(constants.fault[rule.fault], offsets.fault);
  bytes.writeUInt8(Number(rule.uid !== null), offsets.has_uid);
  bytes.writeUInt8(Number(rule.address !== null), offsets.has_address);
  bytes.writeUInt8(Number(rule.pids !== null), offsets.has_processes);
  if (rule.loss) writeLoss(bytes, rule.loss);
  if (rule.address !== null) mappedBytes(rule.address).copy(bytes, offsets.remote_address);
  return bytes;
}

function writeLoss(bytes: Buffer, loss: PacketLoss): void {
  const { percent, seed, bytesPerSecond, direction, livingOnly } = loss;
  const { offsets } = layout.outage_rule;
  bytes.writeUInt32LE(Math.round(((percent ?? 0) / 100) * constants.allParts), offsets.loss);
  bytes.writeUInt32LE(seed, offsets.seed);
  bytes.writeUInt32LE(bytesPerSecond ?? 0, offsets.rate);
  bytes.writeUInt8(constants.direction[direction], offsets.direction);
  bytes.writeUInt8(Number(livingOnly), offsets.living_only);
}

function writeRange(bytes: Buffer, at: number, { first, count }: UidRange): void {
  const { offsets } = layout.uid_range;
  bytes.writeUInt32LE(first, at + offsets.first);
  bytes.writeUInt32LE(count, at + offsets.count);
}

/** 16 bytes; IPv4 as ::ffff:a.b.c.d, the form that the rules compare. */
function mappedBytes(address: string): Buffer {
  const bytes = Buffer.from(addressBytes(address) ?? []);
  return bytes.length === 4 ? Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), bytes]) : bytes;
}

export function encodePids(pids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * pids.length);
  pids.forEach((pid, at) => {
    bytes.writeUInt32LE(pid, 4 * at);
  });
  return bytes;
}

export function encodeCookies(cookies: readonly string[]): Buffer {
  const bytes = Buffer.alloc(8 * cookies.length);
  cookies.forEach((cookie, at) => {
    bytes.writeBigUInt64LE(BigInt(cookie), 8 * at);
  });
  return bytes;
}

export function decodeOutageCounts(bytes: Buffer): OutageCount[] {
  const { size, offsets } = layout.outage_count;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    connects: Number(bytes.readBigUInt64LE(index * size + offsets.connects)),
    sockets: Number(bytes.readBigUInt64LE(index * size + offsets.sockets)),
    in: decodePackets(bytes, index * size + offsets.in),
    out: decodePackets(bytes, index * size + offsets.out),
  }));
}

function decodePackets(bytes: Buffer, at: number): PacketCount {
  const { offsets } = layout.packet_count;
  return {
    seen: Number(bytes.readBigUInt64LE(at + offsets.seen)),
    dropped: Number(bytes.readBigUInt64LE(at + offsets.dropped)),
    bytes: Number(bytes.readBigUInt64LE(at + offsets.bytes)),
  };
}
