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
});
