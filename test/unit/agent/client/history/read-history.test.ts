import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HistoryReader, readHistory } from '../../../../../agent/client/history/read-history';
import type { Requester } from '../../../../../agent/client/requester';
import type { HistoryPage, PastConnection } from '../../../../../agent/protocol';

const connection = (id: string, event: PastConnection['event']) => ({ id, event }) as PastConnection;

function page(next: number, end: number, connections: PastConnection[], missed = false): HistoryPage {
  const time = new Date(0).toISOString();
  const rest = { keptSince: time, completeSince: time, dropped: 0, lost: 0 };
  return { ...rest, connections, next, end, more: true, missed };
}

/** Answers with these pages, one after the other. */
function answering(pages: HistoryPage[]): Requester {
  const request = async () => pages.shift() ?? assert.fail('it has read on');
  return { request } as unknown as Requester;
}

describe('reading the history', () => {
  it('ends with what there was when it began, though more comes with each page', async () => {
    const pages = [page(1, 2, [connection('a', 'failed')]), page(2, 9, [connection('b', 'failed')])];
    const { connections, next } = await readHistory(answering(pages), { filter: '' });
    assert.deepEqual([connections.map(({ id }) => id), next], [['a', 'b'], 2]);
  });

  it('has one row for a connection that ended between two pages, and says what was missed', async () => {
    const pages = [
      page(1, 2, [connection('a', 'opened')], true),
      page(3, 3, [connection('b', 'failed'), connection('a', 'ended')]),
    ];
    const { connections, missed } = await readHistory(answering(pages), { filter: '', after: 0 });
    assert.deepEqual(
      connections.map(({ id, event }) => [id, event]),
      [
        ['b', 'failed'],
        ['a', 'ended'],
      ],
    );
    assert.equal(missed, true);
  });

  it('asks for nothing more once it is stopped', async () => {
    const pages = [page(1, 9, [connection('a', 'failed')]), page(2, 9, [connection('b', 'failed')])];
    const client = answering(pages);
    const reader = new HistoryReader(client, { filter: '' }, () => assert.fail('it has read all'));
    const read = reader.read();
    reader.stop();
    await assert.rejects(read, { name: 'AbortError' });
    assert.equal(pages.length, 1);
  });
});
