/**
 * Runs the suites, all or those named, and ends with one line of counts.
 *   node scripts/test.mjs [SUITE...]
 */

import { relative, resolve } from 'node:path';
import { root } from './lib/paths.mjs';
import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';
import { add, nothing } from './suites/results.mjs';

/** So many of the slowest files are named at the end. */
const maxSlowest = 10;

/** A suite that cannot be prepared is a failure; the others still run. Resolves with its results and the seconds that it took. */
async function runSuite(name, suite) {
  console.log(`\n#### ${name}`);
  const started = Date.now();
  const results = await suite().catch((error) => {
    console.error(`${name} failed: ${error instanceof Failure ? error.message : error.stack}`);
    return { ...nothing, failed: 1 };
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`#### ${name} took ${seconds} s`);
  return { results, seconds };
}

function printTimes(times, files) {
  console.log(`\nSuites: ${times.map(({ name, seconds }) => `${name} ${seconds} s`).join(', ')}`);
  const bySlowness = [...files].sort((one, other) => other.ms - one.ms).slice(0, maxSlowest);
  if (bySlowness.length > 0) console.log(`The ${bySlowness.length} slowest files:`);
  for (const { file, ms } of bySlowness)
    console.log(`${(ms / 1000).toFixed(1).padStart(8)} s  ${relative(root, resolve(root, file))}`);
}

async function test(names) {
  await setup();
  const { suites, allSuites } = await import('./suites/index.mjs');
  const unknown = names.find((name) => !(name in suites));
  if (unknown)
    throw new Failure(`"${unknown}" is not a suite. The suites are ${Object.keys(suites).join(', ')}.`, 2);
  const failed = [];
  const times = [];
  let total = nothing;
  for (const name of names.length > 0 ? names : allSuites) {
    const { results, seconds } = await runSuite(name, suites[name]);
    if (results.failed > 0) failed.push(name);
    times.push({ name, seconds });
    total = add(total, results);
  }
  printTimes(times, total.files);
  console.log('');
  for (const { name, reason } of total.skipped) console.log(`Skipped: ${name}${reason && `: ${reason}`}`);
  if (failed.length > 0) console.log(`Failed suites: ${failed.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  return total.failed > 0 ? 1 : 0;
}

await main(import.meta.url, test);
