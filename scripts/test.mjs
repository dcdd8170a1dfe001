/**
 * Runs the suites, all or those named, and ends with one line of counts.
 *   node scripts/test.mjs [SUITE...]
 */

import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';
import { add } from './suites/results.mjs';

const nothing = { passed: 0, failed: 0, skipped: [] };

/** A suite that cannot be prepared is a failure; the others still run. */
async function runSuite(name, suite) {
  console.log(`\n#### ${name}`);
  const started = Date.now();
  try {
    return await suite();
  } catch (error) {
    console.error(`${name} failed: ${error instanceof Failure ? error.message : error.stack}`);
    return { ...nothing, failed: 1 };
  } finally {
    console.log(`#### ${name} took ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

async function test(names) {
  await setup();
  const { suites, allSuites } = await import('./suites/index.mjs');
  const unknown = names.find((name) => !(name in suites));
  if (unknown)
    throw new Failure(`"${unknown}" is not a suite. The suites are ${Object.keys(suites).join(', ')}.`, 2);
  const failed = [];
  let total = nothing;
  for (const name of names.length > 0 ? names : allSuites) {
    const results = await runSuite(name, suites[name]);
    if (results.failed > 0) failed.push(name);
    total = add(total, results);
  }
  console.log('');
  for (const { name, reason } of total.skipped) console.log(`Skipped: ${name}${reason && `: ${reason}`}`);
  if (failed.length > 0) console.log(`Failed suites: ${failed.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  return total.failed > 0 ? 1 : 0;
}

await main(import.meta.url, test);
