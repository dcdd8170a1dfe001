/** Runs the suite of faults (test/faults), which kills by chance. */

import { randomInt } from 'node:crypto';
import { buildAll } from '../build.mjs';
import { canBeRoot } from '../lib/debian.mjs';
import { setup } from '../setup.mjs';
import { runNodeSuite } from './node.mjs';
import { unpackPrograms } from './programs.mjs';
import { skippedSuite } from './results.mjs';

/** Time for the files, and for each kill: an agent starts after it. */
const spareMs = 600_000;
const killMs = 30_000;

/** `kills`: so many of each sort. The same `seed` kills at the same moments. */
export async function runFaults({ kills, seed = randomInt(2 ** 31) }) {
  if (!canBeRoot()) return skippedSuite('faults', 'it needs root or sudo, and there is neither');
  await setup('agent');
  await buildAll();
  const { bin, remove } = await unpackPrograms(['libfaketime']);
  console.log(`${kills} faults of each sort, with --seed ${seed}`);
  try {
    return await runNodeSuite('faults', {
      root: true,
      sideBySide: 2,
      timeout: spareMs + kills * killMs,
      environment: {
        PATH: [bin, process.env.PATH].filter(Boolean).join(':'),
        SOCKSCOPE_FAULTS_KILLS: String(kills),
        SOCKSCOPE_FAULTS_SEED: String(seed),
      },
    });
  } finally {
    remove();
  }
}
