/** The bounded ring of connection records. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionSize } from '../../../../agent/broker-link/history-records';
import { constants, layout } from '../../../../agent/broker-link/native';
import { HistoryRing } from '../../../../agent/live/history-ring';

const { offsets } = layout.connection_event;

function record(kind: 'opened' | 'ended' | 'failed', cookie: number, { atMs = 1, pid = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(connectionSize);
  bytes.writeUInt8(constants.connectionKind[kind], offsets.kind);
  bytes.writeBigUInt64LE(BigInt(cookie), offsets.cookie);
  bytes.writeBigUInt64LE(BigInt(atMs) * 1_000_000n, offsets.at_ns);
  bytes.writeUInt32LE(pid, offsets.pid);
  return bytes;
}

const shown = (ring: HistoryRing) =>
  Array.from({ length: ring.next - ring.first }, (_, index) => ring.first + index)
    .filter((number) => ring.has(number))
    .map((number) => ring.record(number));

describe('the ring', () => {
  it('has the newest, and counts what it has dropped', () => {
    const ring = new HistoryRing(3);
    for (let at = 1; at <= 5; at++) ring.add(record('failed', at, { atMs: at }));
    assert.deepEqual(
      shown(ring).map(({ cookie }) => cookie),
      ['3', '4', '5'],
    );
    assert.deepEqual([ring.dropped, ring.droppedAt], [2, 2]);
  });

  it('an end replaces its beginning, which is not missing when it is dropped, and has its process', () => {
    const ring = new HistoryRing(2);
    ring.add(Buffer.concat([record('opened', 7, { pid: 42 }), record('ended', 7)]));
    assert.deepEqual(
      shown(ring).map(({ kind, process }) => [kind, process?.pid]),
      [['ended', 42]],
    );
    ring.add(record('failed', 8));
    assert.equal(ring.dropped, 0);
    ring.add(record('failed', 9));
    assert.equal(ring.dropped, 1);
  });

  it('a socket may have several connections', () => {
    const ring = new HistoryRing(9);
    for (const kind of ['opened', 'ended', 'opened', 'ended'] as const) ring.add(record(kind, 7));
    assert.equal(shown(ring).length, 2);
    assert.equal(ring.openRecords().length, 0);
  });

  it('an end whose beginning was dropped is there all the same', () => {
    const ring = new HistoryRing(1);
    ring.add(record('opened', 7));
    ring.add(record('failed', 8));
    ring.add(record('ended', 7));
    assert.deepEqual(
      shown(ring).map(({ kind }) => kind),
      ['ended'],
    );
    assert.equal(ring.dropped, 2);
  });
});
