/** Runs the fuzzers: properties in JavaScript (test/fuzz/*.test.ts), and libFuzzer's programs (test/fuzz/*.cc). */

import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from '../build.mjs';
import { build, root } from '../lib/paths.mjs';
import { run, step, which } from '../lib/run.mjs';
import { setup } from '../setup.mjs';
import { runNodeSuite } from './node.mjs';

/** A property that needs more than this for what it keeps has no bound. */
const maxHeapMb = 256;

/** Time to load the files and to shrink what was found. */
const spareMs = 300_000;

const countsFile = join(build, 'test-results', 'fuzz-counts');

/** Each file of properties and each program gets as much. */
function secondsOfEach(seconds) {
  const files = readdirSync(join(root, 'test', 'fuzz'));
  return seconds / files.filter((file) => /(?<!native)\.test\.ts$|\.cc$/.test(file)).length;
}

/** Resolves with the reason why there are no programs; empty: they are built. */
async function buildPrograms() {
  if (!which('clang++')) return 'clang++ is not installed';
  const flags = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', '/dev/null'];
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }';
  const trial = spawnSync('clang++', flags, { input });
  if (trial.status !== 0) return 'clang++ has no libFuzzer here: install libclang-rt-dev';
  await step('Build the fuzzers', () =>
    run('make', ['--silent', '--no-print-directory', '-C', 'native', 'fuzz']),
  );
  return '';
}

/** In all, about so many `seconds`. The same `seed` makes the same inputs. */
export async function runFuzzers({ seconds, seed = randomInt(2 ** 31) }) {
  await setup('fuzz').catch((error) => console.error(error.message));
  await buildAll();
  const noPrograms = await buildPrograms();
  rmSync(countsFile, { force: true });
  console.log(`Fuzzing for ${seconds} s with --seed ${seed}`);
  const results = await runNodeSuite('fuzz', {
    timeout: 1000 * seconds + spareMs,
    environment: {
      NODE_OPTIONS: `--max-old-space-size=${maxHeapMb}`,
      SOCKSCOPE_FUZZ_SECONDS: String(secondsOfEach(seconds)),
      SOCKSCOPE_FUZZ_SEED: String(seed),
      SOCKSCOPE_FUZZ_COUNTS: countsFile,
      SOCKSCOPE_FUZZ_NO_PROGRAMS: noPrograms,
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
  console.log(`${sum.toLocaleString('en')} inputs in ${inputs.length} tests, --seed ${seed}`);
}
