/** The instructions of each step of a list: the agent joins and encodes it, the client decodes it. */

import { InstructionCounter } from '../../test/bench/instructions';
import { report, title } from './report.mjs';

const rows = 20_000;

export async function instructions() {
  title(`Instructions for each of ${rows.toLocaleString('en')} rows of a list, JavaScript interpreted`);
  const counter = await InstructionCounter.make();
  try {
    let before = await counter.count('make', rows);
    for (const step of ['join', 'encode', 'decode']) {
      const counted = await counter.count(step, rows);
      report(step, Math.round((counted - before) / rows));
      before = counted;
    }
  } finally {
    counter.remove();
  }
}
