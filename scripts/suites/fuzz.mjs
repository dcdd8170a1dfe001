/** Runs the fuzzers: properties in JavaScript (test/fuzz/*.test.ts), and libFuzzer's programs (test/fuzz/*.cc). */

import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from '../build.mjs';
import { build, root } from '../lib/paths.mjs';
import { runNodeSuite } from './node.mjs';

/** A property that needs more than this for what it keeps has no bound. */
const maxHeapMb = 256;

/** Time to load the files and to shrink what was found. */
const spareMs = 300_000;

const countsFile = join(build, 'test-results', 'fuzz-counts');

/** Files that get an even share of the time: all but the one that runs the programs. */
function sharers() {
  const files = readdirSync(join(root, 'test', 'fuzz'));
  return files.filter((file) => /\.test\.ts$/.test(file));
}

/** In all, about so many `seconds`. The same `seed` makes the same inputs. */
export async function runFuzzers({ seconds, seed = randomInt(2 ** 31) }) {
  await buildAll();
  rmSync(countsFile, { force: true });
  console.log(`Fuzzing for ${seconds} s with --seed ${seed}`);
  const results = await runNodeSuite('fuzz', {
    timeout: 1000 * seconds + spareMs,
    environment: {
      NODE_OPTIONS: `--max-old-space-size=${maxHeapMb}`,
      SOCKSCOPE_FUZZ_SECONDS: String(seconds / sharers().length),
      SOCKSCOPE_FUZZ_SEED: String(seed),
      SOCKSCOPE_FUZZ_COUNTS: countsFile,
    },
  });
  printCounts(seed);
  return results;
}

function printCounts(seed) {
  const counts = readFileSync(countsFile, { encoding: 'utf8', flag: 'a+' })
    .split('\n')
    .map(Number.parseFloat);
  const inputs = counts.filter(Number.isFinite);
  const sum = inputs.reduce((one, other) => one + other, 0);
  console.log(`${sum.toLocaleString('en')} inputs of ${inputs.length} properties, --seed ${seed}`);
}
