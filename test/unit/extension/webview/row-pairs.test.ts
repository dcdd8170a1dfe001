import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryRow } from '../../../../extension/history/history-view';
import { RowPairs } from '../../../../extension/webview/row-pairs';

type Made = Partial<HistoryRow> & Pick<HistoryRow, 'id'>;

const made = (row: Made): HistoryRow => ({
  pair: '1 127.0.0.1:3000 127.0.0.1:40000',
  isIncoming: false,
  kind: 'ended',
  at: 2000,
  from: 1000,
  openedAt: 1000,
  time: '',
  event: '',
  process: '',
  peer: '',
  ends: '',
  numbers: '',
  reason: '',
  ...row,
});

function pairsOf(...rows: Made[]): RowPairs {
  const pairs = new RowPairs();
  for (const row of rows) pairs.put(made(row));
  return pairs;
}

describe('the two ends of a connection', () => {
  it('are joined, whichever comes first', () => {
    const [out, incoming] = [{ id: 'out' }, { id: 'in', isIncoming: true, openedAt: 1001 }];
    for (const pairs of [pairsOf(out, incoming), pairsOf(incoming, out)]) {
      assert.equal(pairs.partner('out')?.id, 'in');
      assert.equal(pairs.partner('in')?.id, 'out');
    }
  });

  it('a later connection from the same port stays alone', () => {
    const stranger = { id: 'stranger', isIncoming: true, openedAt: 1500, at: 1600 };
    // After the end of the first one, though within a second.
    assert.equal(pairsOf({ id: 'out', at: 1400 }, stranger).partner('stranger'), null);
    // Of the first one, no end is known.
    const later = { ...stranger, openedAt: 2500, at: 2600 };
    assert.equal(pairsOf({ id: 'out', kind: 'opened', at: 1000 }, later).partner('stranger'), null);
    // The first one has its other end.
    const joined = pairsOf({ id: 'out' }, { id: 'in', isIncoming: true }, stranger);
    assert.equal(joined.partner('stranger'), null);
    assert.equal(joined.partner('out')?.id, 'in');
  });

  it('the nearest in time are joined', () => {
    const earlier = { id: 'earlier', isIncoming: true, openedAt: 400, at: 1200 };
    const pairs = pairsOf(earlier, { id: 'in', isIncoming: true, openedAt: 1001 }, { id: 'out' });
    assert.equal(pairs.partner('out')?.id, 'in');
  });

  it('one that failed, or opened before the history, is joined with none', () => {
    const incoming = { id: 'in', isIncoming: true };
    assert.equal(pairsOf({ id: 'out', kind: 'failed', openedAt: null }, incoming).partner('in'), null);
    assert.equal(pairsOf({ id: 'out' }, { ...incoming, openedAt: null }).partner('out'), null);
  });

  it('stay joined when one of them ends, and are alone when the other is left out', () => {
    const pairs = pairsOf({ id: 'out', kind: 'opened', at: 1000 }, { id: 'in', isIncoming: true });
    pairs.put(made({ id: 'out', at: 3000 }));
    assert.deepEqual([pairs.partner('in')?.id, pairs.partner('in')?.at], ['out', 3000]);
    pairs.remove('out');
    assert.equal(pairs.partner('in'), null);
    pairs.put(made({ id: 'again' }));
    assert.equal(pairs.partner('in')?.id, 'again');
  });
});
