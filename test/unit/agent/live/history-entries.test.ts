/** The bounded entries of connections. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionSize } from '../../../../agent/broker-link/history-records';
import { constants, layout } from '../../../../agent/broker-link/native';
import { HistoryEntries } from '../../../../agent/live/history-entries';

const { offsets } = layout.connection_event;

function record(kind: 'opened' | 'ended' | 'failed', cookie: number, { atMs = 1, pid = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(connectionSize);
  bytes.writeUInt8(constants.connectionKind[kind], offsets.kind);
  bytes.writeBigUInt64LE(BigInt(cookie), offsets.cookie);
  bytes.writeBigUInt64LE(BigInt(atMs) * 1_000_000n, offsets.at_ns);
  bytes.writeUInt32LE(pid, offsets.pid);
  return bytes;
}

const shown = (entries: HistoryEntries) => [...entries.numbers()].map((number) => entries.entry(number));

describe('the entries of the history', () => {
  it('has the newest, and counts what it has dropped', () => {
    const entries = new HistoryEntries(3);
    for (let at = 1; at <= 5; at++) entries.add(record('failed', at, { atMs: at }), 0);
    assert.deepEqual(
      shown(entries).map(({ cookie }) => cookie),
      ['3', '4', '5'],
    );
    assert.deepEqual([entries.dropped, entries.droppedTime], [2, 2]);
  });

  it('an end replaces its beginning, which is not missing when it is dropped, and has its process', () => {
    const entries = new HistoryEntries(2);
    entries.add(Buffer.concat([record('opened', 7, { pid: 42 }), record('ended', 7)]), 0);
    assert.deepEqual(
      shown(entries).map(({ kind, process }) => [kind, process?.pid]),
      [['ended', 42]],
    );
    entries.add(record('failed', 8), 0);
    assert.equal(entries.dropped, 0);
    entries.add(record('failed', 9), 0);
    assert.equal(entries.dropped, 1);
  });

  it('a socket may have several connections', () => {
    const entries = new HistoryEntries(9);
    for (const kind of ['opened', 'ended', 'opened', 'ended'] as const) entries.add(record(kind, 7), 0);
    assert.equal(shown(entries).length, 2);
    assert.equal(entries.open().length, 0);
  });

  it('an end whose beginning was dropped is there all the same', () => {
    const entries = new HistoryEntries(1);
    entries.add(record('opened', 7), 0);
    entries.add(record('failed', 8), 0);
    entries.add(record('ended', 7), 0);
    assert.deepEqual(
      shown(entries).map(({ kind }) => kind),
      ['ended'],
    );
    assert.equal(entries.dropped, 2);
  });
});
