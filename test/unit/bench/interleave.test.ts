/** Contenders of a benchmark that take turns. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fewerRuns, interleave } from '../../../scripts/bench/table/interleave.mjs';

/** Runs that take these milliseconds, one after the other; the last again and again. */
function contender(name: string, order: string[], times: readonly number[]) {
  let run = 0;
  return async () => {
    order.push(name);
    const ms = times[Math.min(run++, times.length - 1)] ?? 0;
    return { ms, twice: 2 * ms };
  };
}

describe('interleaved measurements', () => {
  it('take turns; the first run of each warms up, and seven are counted', async () => {
    const order: string[] = [];
    const measured = await interleave({
      a: contender('a', order, [900, 1, 7, 2, 6, 3, 5, 4]),
      b: contender('b', order, [10]),
    });
    assert.deepEqual(order, Array.from({ length: 8 }, () => ['a', 'b']).flat());
    assert.deepEqual(measured.get('a'), { ms: 4, twice: 8, runs: 7 });
    assert.equal(fewerRuns(measured), undefined);
  });

  it('what fails is out, and the others are measured; what is wrong ends the run', async () => {
    const failing = async () => {
      throw new Error('no');
    };
    const measured = await interleave({ failing, a: contender('a', [], [1]) });
    assert.deepEqual([...measured.keys()], ['a']);
    const wrong = async () => assert.equal(1, 2, 'another socket is gone');
    await assert.rejects(interleave({ wrong }), /another socket is gone/);
  });

  it('what takes longer than 5 s runs three times, which is said', async () => {
    const order: string[] = [];
    const measured = await interleave({
      slow: contender('slow', order, [6000, 5500, 7000]),
      fast: contender('fast', order, [1]),
    });
    assert.equal(order.filter((name) => name === 'slow').length, 3);
    assert.deepEqual(measured.get('slow'), { ms: 6000, twice: 12_000, runs: 3 });
    assert.match(fewerRuns(measured) ?? '', /3 runs only.*: slow$/);
  });
});
