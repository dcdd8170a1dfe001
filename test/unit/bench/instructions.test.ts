/**
 * A list costs no more instructions than it did. They are those of the interpreter, whatever else the machine does; a change
 * that saves some lowers the number here. `npm run bench -- instructions` has those of each step.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InstructionCounter } from '../../bench/instructions';
import { which } from '../../helpers/programs';

/** Of join and encode together, for each row; of these versions alone. */
const recorded = { instructions: 8900, node: '20', arch: 'x64' };
const rows = 20_000;
/** Two runs differ by a thousandth, minor versions of Node by a few hundredths. */
const allowed = 1.1;

const isRecorded = process.versions.node.split('.')[0] === recorded.node && process.arch === recorded.arch;
const skip = !which('valgrind')
  ? 'needs valgrind'
  : !isRecorded && `the number is of Node ${recorded.node} on ${recorded.arch}`;

it(`a list costs about ${recorded.instructions} instructions a row`, { skip }, async () => {
  const counter = await InstructionCounter.make();
  try {
    const [made, encoded] = await Promise.all([counter.count('make', rows), counter.count('encode', rows)]);
    const each = Math.round((encoded - made) / rows);
    assert.ok(each <= allowed * recorded.instructions, `${each} for each of ${rows} rows`);
  } finally {
    counter.remove();
  }
});
