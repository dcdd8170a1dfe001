import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joined, ownerRecord, type RowSocket, rowSocket } from '../../../helpers/rows';

const waiting = { inode: '0' };

async function queuedFor(child: RowSocket, ...listeners: RowSocket[]): Promise<number[]> {
  const rows = await joined([child, ...listeners]);
  const { queue } = rows.relations(0);
  return queue === null ? [] : rows.queueOwners(queue).map(({ owner }) => owner.pid);
}

describe('connections that are not accepted', () => {
  const child = rowSocket('127.0.0.1:3000', '127.0.0.1:40000', waiting);

  it('wait for the listener of their port and address', async () => {
    const all = rowSocket('0.0.0.0:3000', null, { owners: [ownerRecord('wild', 1)] });
    const exact = rowSocket('127.0.0.1:3000', null, { owners: [ownerRecord('exact', 2)] });
    const other = rowSocket('127.0.0.1:3001', null, { owners: [ownerRecord('other', 3)] });
    assert.deepEqual(await queuedFor(child, all, other), [1]);
    assert.deepEqual(await queuedFor(child, all, exact), [2]);
  });

  it('wait for every process of a shared port, each named once', async () => {
    const first = rowSocket('0.0.0.0:3000', null, {
      owners: [ownerRecord('a', 1), ownerRecord('a', 1, { fd: 9 })],
    });
    const second = rowSocket('0.0.0.0:3000', null, { owners: [ownerRecord('b', 2)] });
    assert.deepEqual(await queuedFor(child, first, second), [1, 2]);
  });

  it('share one list of what they wait for, however many there are, and name at most 64 processes', async () => {
    const listeners = Array.from({ length: 100 }, (_, pid) =>
      rowSocket('0.0.0.0:3000', null, { owners: [ownerRecord('worker', pid + 1)] }),
    );
    const waits = [40_001, 40_002].map((port) => rowSocket('127.0.0.1:3000', `127.0.0.1:${port}`, waiting));
    const rows = await joined([...waits, ...listeners]);
    const [one, other] = [rows.relations(0).queue, rows.relations(1).queue];
    assert.equal(one, other);
    assert.equal(rows.queueOwners(one ?? -1).length, 64);
  });

  it('are of their own namespace and family', async () => {
    const elsewhere = rowSocket('0.0.0.0:3000', null, { netns: 2, owners: [ownerRecord('a', 1)] });
    const six = rowSocket('[::]:3000', null, { owners: [ownerRecord('b', 2)] });
    const four = rowSocket('0.0.0.0:3000', null, { owners: [ownerRecord('c', 3)] });
    assert.deepEqual(await queuedFor(child, elsewhere), []);
    assert.deepEqual(await queuedFor(child, six, four), [3]);
  });

  it('are not those that have been accepted or closed', async () => {
    const listener = rowSocket('0.0.0.0:3000', null, { owners: [ownerRecord('a', 1)] });
    assert.deepEqual(await queuedFor(rowSocket('127.0.0.1:3000', '127.0.0.1:40000'), listener), []);
    const orphan = rowSocket('127.0.0.1:3000', '127.0.0.1:40000', { ...waiting, state: 'fin-wait-2' });
    assert.deepEqual(await queuedFor(orphan, listener), []);
  });
});
