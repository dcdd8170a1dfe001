/** Answers of the broker, which the agent reads by length and offset: any bytes are records. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeAttempts } from '../../agent/broker-link/attempt-records';
import { decodeBinds } from '../../agent/broker-link/bind-records';
import { decodeReplies } from '../../agent/broker-link/destroy-records';
import { decodeJudgements, decodeVerdicts } from '../../agent/broker-link/judge-records';
import { layout } from '../../agent/broker-link/native';
import { decodeOutageCounts } from '../../agent/broker-link/outage-records';
import { decodeDirectories, decodeProcessFiles } from '../../agent/broker-link/process-records';
import { canonicalAddress } from '../../agent/protocol';
import { fuzz } from './fuzz';

const bytes = fc.uint8Array({ maxLength: 2000 }).map((some) => Buffer.from(some));
/** Small numbers, so that lengths fit. */
const texts = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 9 })), { maxLength: 300 })
  .map((some) => Buffer.from(some));

/** Decoders of a list, with the size of its records. */
const lists = {
  attempts: { decode: decodeAttempts, size: layout.attempt_event.size },
  binds: { decode: (some: Buffer) => decodeBinds(some, 1), size: layout.bind_record.size },
  replies: { decode: decodeReplies, size: layout.destroy_reply.size },
  judgements: { decode: decodeJudgements, size: layout.judge_reply.size },
  verdicts: { decode: decodeVerdicts, size: 4 },
  outageCounts: { decode: decodeOutageCounts, size: layout.outage_count.size },
} as const;

for (const [name, { decode, size }] of Object.entries(lists))
  fuzz(`${name}: one for each whole record`, bytes, (some) => {
    assert.equal(decode(some).length, Math.floor(some.length / size));
  });

fuzz('an address of a record has its canonical form', bytes, (some) => {
  for (const { address } of decodeBinds(some, 1)) assert.equal(canonicalAddress(address), address);
});

fuzz('doubt about a verdict means no', bytes, (some) => {
  const known = ['allowed', 'denied', 'gone', 'changed'];
  decodeVerdicts(some).forEach((verdict, at) => {
    assert.equal(verdict, known[some.readUInt32LE(4 * at)] ?? 'denied');
  });
});

fuzz('texts of processes are no longer than what came', fc.oneof(bytes, texts), (some) => {
  const directories = decodeDirectories(some).map((text) => text ?? '');
  const files = decodeProcessFiles(some).flatMap((found) => [...(found?.values() ?? [])]);
  for (const all of [directories, files]) assert.ok(all.join('').length <= some.length);
});
