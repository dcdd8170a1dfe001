import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { onBehalfOf } from '../../../../agent/common/on-behalf';
import { inOneSlice, inSlices, mapInSlices } from '../../../../agent/common/slices';

const [greedy, other] = [{ name: 'greedy' }, { name: 'other' }] as const;

function busy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

function* long(steps: number): Generator<void, string, void> {
  for (let step = 0; step < steps; step++) {
    busy(3);
    yield;
  }
  return 'done';
}

describe('loops in slices', () => {
  it('return what they return, in order, however short they are', async () => {
    assert.equal(await inSlices(long(0)), 'done');
    assert.deepEqual(await mapInSlices(new Set(['a', 'b']), (item, index) => `${item}${index}`), [
      'a0',
      'b1',
    ]);
    assert.deepEqual(await mapInSlices([], String), []);
    await assert.rejects(
      mapInSlices([1], () => {
        throw new Error('bad item');
      }),
      /bad item/,
    );
  });

  it('let events pass', async () => {
    const order: string[] = [];
    const loop = inSlices(long(30)).then(() => order.push('loop'));
    const event = sleep(0).then(() => order.push('event'));
    await Promise.all([loop, event]);
    assert.deepEqual(order, ['event', 'loop']);
  });

  it('run in turn by principal: many loops of one delay another by few slices', async () => {
    let ended = 0;
    const loops = Array.from({ length: 8 }, () =>
      onBehalfOf(greedy, () => inSlices(long(20))).then(() => ended++),
    );
    await onBehalfOf(other, async () => {
      await inSlices(long(8));
      await inOneSlice(() => busy(20));
      await mapInSlices([1, 2, 3], () => busy(3));
    });
    assert.equal(ended, 0, 'all of the many still run');
    await Promise.all(loops);
  });
});
