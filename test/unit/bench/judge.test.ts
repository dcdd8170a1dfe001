/** The rows of the benchmark's report: what meets a target, and what has nothing to meet. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exponent } from '../../../scripts/bench/table/growth.mjs';
import { results } from '../../../scripts/bench/table/judge.mjs';
import { Measures } from '../../../scripts/bench/table/measures.mjs';
import { rows } from '../../../scripts/bench/table/rows.mjs';
import { below, plus, times } from '../../../scripts/bench/table/targets.mjs';

function measured(place: number | string, values: Readonly<Record<string, number>>): Measures {
  const measures = new Measures();
  for (const [name, value] of Object.entries(values)) measures.set(name, place, value);
  return measures;
}

/** The only row of the report. */
function only(row: object, measures: Measures) {
  const [result, ...others] = results([row], measures);
  assert.ok(result);
  assert.deepEqual(others, []);
  return result;
}

describe('the report of the benchmark', () => {
  const compared = { name: 'list', ours: 'list', other: 'ss', floor: 'walk' };
  const list = { ...compared, decodes: true, at: { 4000: times(1 / 3) } };

  it('compares with the other program of the same load', () => {
    const measures = measured(4000, { list: 10, ss: 54 });
    assert.deepEqual(only(list, measures), {
      name: 'list, 4,000 sockets',
      unit: 'ms',
      ours: 10,
      other: 54,
      ratio: 0.1852,
      target: 'at most 0.333 x ss, or 1.3 x walk',
      met: true,
    });
    assert.equal(only(list, measured(4000, { list: 18.1, ss: 54 })).met, false);
  });

  it('what is near the floor is fast enough, with 1.5 us for each row that is decoded', () => {
    const near = { ss: 9, walk: 10 };
    assert.equal(only(list, measured(4000, { list: 13 + 5.9, ...near })).met, true);
    assert.equal(only(list, measured(4000, { list: 13 + 6.1, ...near })).met, false);
    const few = { ...list, decodes: false };
    assert.equal(only(few, measured(4000, { list: 12.9, ...near })).met, true);
    assert.equal(only(few, measured(4000, { list: 13.1, ...near })).met, false);
  });

  it('has one target for every load where it says so', () => {
    const always = { name: 'opening', ours: 'opening', always: below(50) };
    for (const load of [10_000, 200_000]) {
      assert.equal(only(always, measured(load, { opening: 50 })).met, true);
      assert.equal(only(always, measured(load, { opening: 51 })).met, false);
    }
  });

  it('has no verdict at a load without a target, nor without the other program', () => {
    const { target, met } = only(list, measured(1000, { list: 10, ss: 54 }));
    assert.deepEqual([target, met], [null, null]);
    const alone = only(list, measured(4000, { list: 10 }));
    assert.deepEqual([alone.other, alone.ratio, alone.met], [null, null, null]);
    const beside = { name: 'beside lsof', ours: 'list', other: 'lsof' };
    assert.deepEqual(results([beside], measured(4000, { list: 10 })), []);
  });

  it('allows a number of milliseconds over Node, or an absolute number', () => {
    const start = { name: 'start', ours: 'start', other: 'node', at: { machine: plus(20) } };
    assert.equal(only(start, measured('machine', { start: 68, node: 48 })).met, true);
    assert.equal(only(start, measured('machine', { start: 69, node: 48 })).met, false);
    const memory = { name: 'memory', unit: 'MB', ours: 'memory', at: { machine: below(80) } };
    const { name, unit, met } = only(memory, measured('machine', { memory: 80.1 }));
    assert.deepEqual([name, unit, met], ['memory', 'MB', false]);
  });

  it('names each row once at each place', () => {
    const names = rows.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('growth', () => {
  it('is the exponent of time against sockets', () => {
    const curve = (power: number) => [1000, 4000, 20_000, 200_000].map((n) => [n, 3 * n ** power]);
    for (const power of [0, 1, 1.05, 2])
      assert.ok(Math.abs((exponent(curve(power)) ?? Number.NaN) - power) < 1e-9, `${power}`);
  });

  it('needs two loads', () => {
    assert.equal(exponent([[1000, 5]]), undefined);
  });

  it('sees only the loads of a measurement, the smallest first', () => {
    const measures = measured(20_000, { list: 3 });
    measures.set('list', 1000, 1);
    measures.set('list', 'machine', 9);
    measures.set('ss', 4000, 2);
    assert.deepEqual(measures.curve('list'), [
      [1000, 1],
      [20_000, 3],
    ]);
  });
});
