/** The interval of paired differences. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interval } from '../../../scripts/bench/table/interval.mjs';

describe('the 95 % interval of a mean', () => {
  it('is that of a table of Student t', () => {
    const { mean, low, high } = interval([1, 2, 3, 4, 5]);
    assert.equal(mean, 3);
    // 2.776 * sqrt(2.5 / 5)
    assert.ok(Math.abs(high - mean - 1.963) < 0.001 && Math.abs(mean - low - 1.963) < 0.001);
  });

  it('has no width where all are the same, and takes any number of pairs', () => {
    assert.deepEqual(interval(Array(31).fill(2)), { mean: 2, low: 2, high: 2 });
    assert.deepEqual(interval(Array(100).fill(2)), { mean: 2, low: 2, high: 2 });
    assert.deepEqual(interval([2, 2]), { mean: 2, low: 2, high: 2 });
  });
});
