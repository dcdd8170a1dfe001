/** Suites in a process of their own, beside those of this process. */

import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../lib/paths.mjs';
import { exitCodeOf } from '../lib/run.mjs';
import { nothing, resultsFile } from './results.mjs';

const runner = fileURLToPath(new URL('../test.mjs', import.meta.url));

/**
 * Starts suites that rely on the build of this process. Resolves with their outcome, as test.mjs writes it, once they have
 * ended; all that they said is printed then, in one piece.
 */
export async function runBeside(names) {
  const file = resultsFile(`beside-${names[0]}`);
  const said = join(build, 'test-results', `beside-${names[0]}.log`);
  const log = openSync(said, 'w');
  try {
    await exitCodeOf(process.execPath, [runner, '--built', '--outcome', file, ...names], {
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
    process.stdout.write(readFileSync(said));
  }
  return readOutcome(file, names);
}

function readOutcome(file, names) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    const failure = { file: '', name: names.join(', '), message: 'their process ended without an outcome' };
    return { total: { ...nothing, failed: 1, failures: [failure] }, times: [], failed: names };
  }
}
