/** The arguments of `npm run bench`. */

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { readArguments } from '../../../scripts/bench/arguments.mjs';

describe('the arguments of npm run bench', () => {
  it('mean the whole table without a name', () => {
    const { names, json, options } = readArguments([]);
    const whole = ['speed', 'host', 'watching'];
    assert.deepEqual([names, json, options.quick, options.loads], [whole, false, false, undefined]);
    assert.deepEqual(readArguments(['--quick']).names, ['speed']);
    assert.deepEqual(readArguments(['free', 'lab']).names, ['free', 'lab']);
  });

  it('a plot lies where the caller is, however it is written', () => {
    for (const words of [['--plot', 'a.svg'], ['--plot=a.svg']])
      assert.equal(readArguments(words).options.plotFile, resolve('a.svg'));
  });

  it('loads are ascending numbers', () => {
    assert.deepEqual(readArguments(['--loads', '1000,4000']).options.loads, [1000, 4000]);
    for (const wrong of ['', 'many', '4000,1000', '10', '1e3.5', '1000,1000'])
      assert.throws(() => readArguments(['--loads', wrong]), /not a list of ascending numbers/, wrong);
  });

  it('an unknown word is refused with the known ones', () => {
    assert.throws(() => readArguments(['speeds']), /"speeds" is none of speed, latency/);
    assert.throws(() => readArguments(['--slow']), /--slow/);
  });
});
