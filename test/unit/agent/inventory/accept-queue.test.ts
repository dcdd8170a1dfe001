import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptQueues } from '../../../../agent/inventory/accept-queue';
import { known, namedOwner } from '../../../helpers/known';

const waiting = { inode: '0' };

function queuedFor(child: ReturnType<typeof known>, ...listeners: ReturnType<typeof known>[]): number[] {
  return (acceptQueues([child, ...listeners]).get(child.id)?.owners ?? []).map(({ pid }) => pid);
}

describe('connections that are not accepted', () => {
  const child = known('127.0.0.1:3000', '127.0.0.1:40000', waiting);

  it('wait for the listener of their port and address', () => {
    const all = known('0.0.0.0:3000', null, { owners: [namedOwner('wild', 1)] });
    const exact = known('127.0.0.1:3000', null, { owners: [namedOwner('exact', 2)] });
    const other = known('127.0.0.1:3001', null, { owners: [namedOwner('other', 3)] });
    assert.deepEqual(queuedFor(child, all, other), [1]);
    assert.deepEqual(queuedFor(child, all, exact), [2]);
  });

  it('wait for every process of a shared port, each named once', () => {
    const first = known('0.0.0.0:3000', null, {
      owners: [namedOwner('a', 1), namedOwner('a', 1, { fd: 9 })],
    });
    const second = known('0.0.0.0:3000', null, { owners: [namedOwner('b', 2)] });
    assert.deepEqual(queuedFor(child, first, second), [1, 2]);
  });

  it('share one list of what they wait for, however many there are, and name at most 64 processes', () => {
    const listeners = Array.from({ length: 100 }, (_, pid) =>
      known('0.0.0.0:3000', null, { owners: [namedOwner('worker', pid + 1)] }),
    );
    const waits = [40_001, 40_002].map((port) => known('127.0.0.1:3000', `127.0.0.1:${port}`, waiting));
    const queues = acceptQueues([...listeners, ...waits]);
    const [one, other] = waits.map(({ id }) => queues.get(id));
    assert.equal(one?.owners.length, 64);
    assert.equal(one, other);
  });

  it('are of their own namespace and family', () => {
    const elsewhere = known('0.0.0.0:3000', null, { netns: 2, owners: [namedOwner('a', 1)] });
    const six = known('[::]:3000', null, { owners: [namedOwner('b', 2)] });
    const four = known('0.0.0.0:3000', null, { owners: [namedOwner('c', 3)] });
    assert.deepEqual(queuedFor(child, elsewhere), []);
    assert.deepEqual(queuedFor(child, six, four), [3]);
  });

  it('are not those that have been accepted or closed', () => {
    const listener = known('0.0.0.0:3000', null, { owners: [namedOwner('a', 1)] });
    assert.deepEqual(queuedFor(known('127.0.0.1:3000', '127.0.0.1:40000'), listener), []);
    const orphan = known('127.0.0.1:3000', '127.0.0.1:40000', { ...waiting, state: 'fin-wait-2' });
    assert.deepEqual(queuedFor(orphan, listener), []);
  });
});
