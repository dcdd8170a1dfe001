/**
 * A list costs no more instructions than it did. They are those of the interpreter, whatever else the machine does; a change
 * that saves some lowers the number here. `npm run bench -- instructions` has those of each step.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InstructionCounter } from '../../bench/instructions';
import { which } from '../../helpers/programs';

/** For each row, of a list to its end as clients get it, and as scripts do; of these versions alone. */
const recorded = { encode: 8900, json: 13_800, node: '20', arch: 'x64' };
const rows = 20_000;
/** Two runs differ by a thousandth, minor versions of Node by a few hundredths. */
const allowed = 1.1;

const isRecorded = process.versions.node.split('.')[0] === recorded.node && process.arch === recorded.arch;
const skip = !which('valgrind')
  ? 'needs valgrind'
  : !isRecorded && `the number is of Node ${recorded.node} on ${recorded.arch}`;

describe('a list', { skip }, () => {
  let counter: InstructionCounter;
  let made: number;
  before(async () => {
    counter = await InstructionCounter.make();
    made = await counter.count('make', rows);
  });
  after(() => counter?.remove());

  for (const step of ['encode', 'json'] as const)
    it(`costs about ${recorded[step]} instructions a row up to ${step}`, async () => {
      const each = Math.round(((await counter.count(step, rows)) - made) / rows);
      assert.ok(each <= allowed * recorded[step], `${each} for each of ${rows} rows`);
    });
});
