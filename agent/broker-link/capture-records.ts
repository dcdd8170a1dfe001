/** Encodes what is to be captured, and decodes what was. */

import { constants, layout } from './native';
import { encodeOutage, type OutageRule } from './outage-records';

/** Whatever connects and matches, and the sockets of `cookies`; it drops nothing. */
export type CaptureRule = Omit<OutageRule, 'fault' | 'holdMs' | 'loss'> & {
  /** Only `cookies`. */
  readonly livingOnly: boolean;
};

interface Record {
  /** Nanoseconds of CLOCK_MONOTONIC. */
  readonly at: bigint;
  readonly cookie: string;
}

export interface PacketRecord extends Record {
  readonly kind: 'in' | 'out';
  readonly length: number;
  readonly bytes: Buffer;
}

export interface ConnectRecord extends Record {
  readonly kind: 'connect';
  readonly pid: number;
  readonly name: string;
}

export interface Taken {
  readonly lost: number;
  readonly records: readonly (PacketRecord | ConnectRecord)[];
}

export function encodeCapture(index: number, snap: number, { livingOnly, ...rule }: CaptureRule): Buffer {
  const { offsets } = layout.capture_request;
  const head = Buffer.alloc(offsets.outage);
  head.writeUInt32LE(snap, offsets.snap);
  const loss = { percent: null, seed: 0, bytesPerSecond: null, direction: 'both', livingOnly } as const;
  return Buffer.concat([head, encodeOutage(index, { ...rule, fault: 'blackhole', holdMs: null, loss })]);
}

export function decodeTaken(reply: Buffer): Taken {
  const lost = Number(reply.readBigUInt64LE(layout.capture_reply.offsets.lost));
  const { size, offsets } = layout.capture_record;
  const records: (PacketRecord | ConnectRecord)[] = [];
  for (let at = layout.capture_reply.size; at < reply.length; ) {
    const head = reply.subarray(at, at + size);
    const end = at + size + head.readUInt32LE(offsets.captured);
    records.push(decode(head, reply.subarray(at + size, end)));
    at = end;
  }
  return { lost, records };
}

function decode(head: Buffer, bytes: Buffer): PacketRecord | ConnectRecord {
  const { offsets } = layout.capture_record;
  const at = head.readBigUInt64LE(offsets.at_ns);
  const cookie = head.readBigUInt64LE(offsets.cookie).toString();
  const kind = head.readUInt8(offsets.kind);
  if (kind === constants.captureKind.connect) {
    const name = head.subarray(offsets.name).toString('utf8').split('\0')[0] ?? '';
    return { kind: 'connect', at, cookie, pid: head.readUInt32LE(offsets.pid), name };
  }
  const direction = kind === constants.captureKind.in ? 'in' : 'out';
  return { kind: direction, at, cookie, length: head.readUInt32LE(offsets.length), bytes };
}
