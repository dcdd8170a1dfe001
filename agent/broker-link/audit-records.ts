/** The request for lines of the audit log, and its answer. */

import type { AuditLines } from '../protocol';
import { layout } from './native';

/** `since`: milliseconds since 1970. */
export function encodeSince(since: number): Buffer {
  const { size, offsets } = layout.audit_request;
  const bytes = Buffer.alloc(size);
  bytes.writeBigInt64LE(BigInt(since), offsets.since_ms);
  return bytes;
}

export function decodeAuditLines(bytes: Buffer): AuditLines {
  const { size, offsets } = layout.audit_reply;
  const text = bytes.subarray(size).toString('utf8');
  return {
    lines: text.split('\n').filter((line) => line !== ''),
    complete: bytes.readUInt32LE(offsets.complete) === 1,
  };
}
