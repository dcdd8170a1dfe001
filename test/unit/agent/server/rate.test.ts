import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Rate } from '../../../../agent/server/rate';

it('a rate allows a burst, then so many a second, and never saves more than a burst', () => {
  let now = 0;
  const rate = new Rate({ burst: 3, perSecond: 2 }, () => now);
  const take = (count: number) => Array.from({ length: count }, () => rate.take());
  assert.deepEqual(take(4), [true, true, true, false]);
  now += 499;
  assert.deepEqual(take(1), [false]);
  now += 501;
  assert.deepEqual(take(3), [true, true, false]);
  now += 3_600_000;
  assert.deepEqual(take(4), [true, true, true, false]);
});
