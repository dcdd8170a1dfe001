/** The pure parts of the history: rows, the page, and its time axis. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PastConnection } from '../../../../agent/protocol';
import { pageHtml } from '../../../../extension/history/history-html';
import { readMessage, readState } from '../../../../extension/history/history-message';
import { historyRow, keptText, unkeptStatus } from '../../../../extension/history/history-model';
import { columnsOf, spanOf } from '../../../../extension/webview/time-columns';
import { english } from '../../../helpers/sockets';

const curl = { pid: 42, startTime: '7', name: 'curl' };
const ended: PastConnection = {
  id: '17.5',
  netns: 1,
  cookie: '17',
  event: 'ended',
  at: '2026-01-02T03:04:05.678Z',
  direction: 'out',
  local: { address: '127.0.0.1', port: 40_000 },
  remote: { address: '127.0.0.1', port: 3000 },
  uid: 1000,
  process: curl,
  peer: null,
  connectMs: 0.1,
  durationMs: 1500,
  sentBytes: 78,
  receivedBytes: 1234,
  reason: 'closed-by-peer',
  errno: null,
};
const failed: PastConnection = {
  ...ended,
  event: 'failed',
  durationMs: null,
  sentBytes: null,
  receivedBytes: null,
  reason: 'refused',
  errno: 'ECONNREFUSED',
};

describe('a row', () => {
  it('of a connection that ended has its processes, numbers and reason', () => {
    const row = historyRow(english, ended);
    assert.deepEqual(
      [row.kind, row.process, row.ends, row.peer, row.numbers, row.reason],
      [
        'ended',
        'curl (42)',
        '127.0.0.1:40000 → 127.0.0.1:3000',
        '',
        'open for 1.5 s · 78 B sent, 1.23 KB received',
        'closed by peer',
      ],
    );
    assert.equal(row.at - row.from, 1500);
    assert.equal(row.openedAt, row.from);
  });

  it('of one that failed says why, and no bytes', () => {
    const row = historyRow(english, failed);
    assert.deepEqual([row.numbers, row.reason], ['after 0.1 ms', 'refused (ECONNREFUSED)']);
    assert.equal(row.openedAt, null);
    const unsent = historyRow(english, {
      ...failed,
      local: { address: '0.0.0.0', port: 0 },
      reason: 'not-sent',
      errno: null,
    });
    assert.equal(unsent.ends, '→ 127.0.0.1:3000');
    assert.equal(unsent.reason, 'not sent: no route, no free port, or a rule');
  });

  it('of the other end has the same pair', () => {
    const { local, remote } = ended;
    const other = historyRow(english, { ...ended, direction: 'in', local: remote, remote: local });
    assert.deepEqual([other.pair, other.isIncoming], [historyRow(english, ended).pair, true]);
    assert.equal(other.ends, '127.0.0.1:3000 ← 127.0.0.1:40000');
  });

  it('has no control characters of a name', () => {
    const row = historyRow(english, { ...ended, process: { ...curl, name: 'a\u001b[31m' } });
    assert.ok(!row.process.includes('\u001b'));
  });
});

it('what is missing is said', () => {
  const keptSince = '2026-01-02T03:04:05.678Z';
  const whole = { keptSince, completeSince: keptSince, dropped: 0, lost: 0 };
  assert.match(keptText(english, whole), /nothing is missing\.$/);
  assert.match(
    keptText(english, { ...whole, dropped: 12_345, lost: 2 }),
    /complete since .*: 12,345 older ones were dropped, 2 came too fast/,
  );
});

it('an agent that is not used is not said to be absent', () => {
  const none = { failure: null, refusal: null, skewed: null };
  const said = (known: Partial<Record<keyof typeof none, string>>) => {
    const { text, offersAgent } = unkeptStatus(english, { ...none, ...known });
    return [text, offersAgent];
  };
  assert.match(String(said({})[0]), /^The agent keeps the history, and none runs/);
  assert.deepEqual(said({ refusal: 'its socket is not yours' }), [
    'No history is kept: its socket is not yours.',
    false,
  ]);
  assert.deepEqual(said({ skewed: 'It is older.' }), ['No history is kept: It is older.', true]);
  assert.deepEqual(said({ failure: 'refused' }), ['No history is kept: refused.', false]);
});

describe('the time axis', () => {
  const at = (time: number, kind: 'opened' | 'ended' | 'failed' = 'ended') => ({
    ...historyRow(english, ended),
    at: time,
    kind,
  });

  it('has each connection in one column', () => {
    const rows = [at(100_000), at(160_000, 'failed'), at(40_000, 'opened'), at(159_999)];
    const span = spanOf(rows);
    assert.deepEqual(span, { from: 40_000, to: 160_000 });
    const columns = columnsOf(rows, span, 4);
    assert.deepEqual(
      columns.map(({ total }) => total),
      [1, 0, 1, 2],
    );
    assert.deepEqual([columns[0]?.opened, columns[3]?.failed, columns[3]?.ended], [1, 1, 1]);
  });

  it('is no shorter than ten seconds', () => {
    assert.deepEqual(spanOf([at(50_000)]), { from: 40_000, to: 50_000 });
  });
});

describe('the page', () => {
  const html = pageHtml(english, {
    language: 'en',
    script: 'https://x/dist/history.js',
    style: 'https://x/dist/history.css',
    cspSource: 'https://x',
    nonce: 'abc',
  });

  it('runs one script, by its nonce, and loads nothing else', () => {
    assert.match(html, /content="default-src 'none'; style-src https:\/\/x; script-src 'nonce-abc'"/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.doesNotMatch(html, /unsafe|\sstyle=|\son[a-z]+=/);
  });

  it('may send only the messages of its controls', () => {
    const filter = { kind: 'filter', text: ':3000', failedOnly: true };
    assert.deepEqual(readMessage(filter), filter);
    assert.equal(readMessage({ ...filter, text: 'x'.repeat(1001) }), null);
    assert.equal(readMessage({ kind: 'run', command: 'x' }), null);
    assert.equal(readMessage({ kind: 'ready', more: 1 }), null);
  });

  it('leaves its filter to that of the next window', () => {
    const filter = { text: ':3000', failedOnly: true };
    assert.deepEqual(readState(filter), filter);
    assert.equal(readState(undefined), null);
    assert.equal(readState({ ...filter, text: 'x'.repeat(1001) }), null);
  });
});
