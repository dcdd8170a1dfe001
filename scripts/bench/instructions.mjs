/** The instructions of each step of a list: the agent joins and encodes it, the client decodes it; or the agent makes JSON of it. */

import { InstructionCounter, steps } from '../../test/bench/instructions';
import { report, title } from './report.mjs';

const rows = 20_000;

export async function instructions() {
  title(`Instructions for each of ${rows.toLocaleString('en')} rows of a list, JavaScript interpreted`);
  const counter = await InstructionCounter.make();
  try {
    const counted = new Map([['make', await counter.count('make', rows)]]);
    for (const { name, after } of steps) {
      counted.set(name, await counter.count(name, rows));
      report(name, Math.round((counted.get(name) - counted.get(after)) / rows));
    }
  } finally {
    counter.remove();
  }
}
