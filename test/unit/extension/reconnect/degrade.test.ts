import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DegradeParams, DegradeResult } from '../../../../agent/protocol';
import { degradeQuestion, measuredText } from '../../../../extension/reconnect/degrade-text';
import { english, owner, socket } from '../../../helpers/sockets';

const node = owner('node', 42, { command: 'node client.mjs' });
const client = socket('127.0.0.1:40000', '127.0.0.1:6379', { owners: [node] });
const loss: DegradeParams = {
  filter: 'pid:42 remote:6379',
  how: { kind: 'loss', percent: 5, seed: 7 },
  direction: 'in',
  forMs: 10_000,
};
const rate: DegradeParams = { ...loss, how: { kind: 'rate', bytesPerSecond: 100_000 } };
const halfOpen: DegradeParams = { ...loss, how: { kind: 'half-open' }, direction: 'both' };

function result(seen: number, dropped: number): DegradeResult {
  const measured = { seen, dropped, percent: (dropped * 100) / seen, bytes: 0, bytesPerSecond: 0 };
  return {
    outage: {
      id: 1,
      filter: '',
      fault: 'loss',
      target: 'port 6379 for pid 42',
      startedAt: '',
      endsAt: '',
      detached: false,
      connects: 0,
      packets: dropped,
    },
    measured: { in: measured, out: { ...measured, seen: 1 }, both: measured },
    sockets: null,
    cancelled: false,
  };
}

describe('a degrade', () => {
  it('is asked about with what becomes of which packets', () => {
    const { message, detail } = degradeQuestion(english, loss, [client]);
    assert.equal(message, 'Degrade node client.mjs → 127.0.0.1:6379 for 10 s?');
    assert.match(
      detail,
      /^5 % of its packets are lost, of living connections and new ones\. Which: those that its program gets\.\n/i,
    );
    assert.match(detail, /No connection is destroyed\.\n\nNow: 1 connection, of node/);
    assert.match(
      degradeQuestion(english, rate, []).detail,
      /^Each connection, living or new, has 100 kB\/s at most in each direction; .* Which: /,
    );
    assert.match(degradeQuestion(english, halfOpen, []).detail, /^All packets of this connection vanish/);
  });

  it('says what was measured beside what was asked for', () => {
    assert.equal(
      measuredText(english, loss, result(240, 12)),
      'Port 6379 for pid 42: 12 of 240 packets were lost: 5 %, of 5 % asked for.',
    );
    assert.equal(
      measuredText(english, halfOpen, result(1234, 1234)),
      'Port 6379 for pid 42: 1,234 of 1,234 packets were swallowed.',
    );
  });

  it('says how fast each direction was, of how many connections, and whether the limit was met', () => {
    const { measured, ...rest } = result(240, 12);
    const fast = { ...measured.in, bytesPerSecond: 99_700 };
    const slow = { ...fast, dropped: 0, bytesPerSecond: 512 };
    const of = (sockets: number, one: typeof fast) => ({
      ...rest,
      sockets,
      measured: { in: one, out: slow, both: fast },
    });
    assert.equal(
      measuredText(english, rate, of(1, fast)),
      'Port 6379 for pid 42: 99.7 kB/s in, of 100 kB/s asked for.',
    );
    assert.equal(
      measuredText(english, { ...rate, direction: 'both' }, of(2, fast)),
      'Port 6379 for pid 42: 99.7 kB/s in and 512 B/s out, of 100 kB/s asked for. These are 2 connections, each of which may have that.',
    );
    assert.equal(
      measuredText(english, { ...rate, direction: 'out' }, of(1, fast)),
      'Port 6379 for pid 42: 512 B/s out, of 100 kB/s asked for. Nothing was held back.',
    );
  });
});
