/**
 * Runs the suites, all or those named, and ends with one line of counts.
 *   node scripts/test.mjs [SUITE...]
 * With --built they rely on what is in dist/; with --outcome FILE what came out is written there instead of being summed up.
 */

import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { relyOnBuild } from './build.mjs';
import { root } from './lib/paths.mjs';
import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';
import { runBeside } from './suites/beside.mjs';
import { add, nothing } from './suites/results.mjs';

/** So many of the slowest files are named at the end. */
const maxSlowest = 10;

/** A suite that cannot be prepared is a failure; the others still run. Resolves with its results and the seconds that it took. */
async function runSuite(name, suite) {
  console.log(`\n#### ${name}`);
  const started = Date.now();
  const results = await suite().catch((error) => {
    const message = error instanceof Failure ? error.message : error.stack;
    console.error(`${name} failed: ${message}`);
    return { ...nothing, failed: 1, failures: [{ file: '', name, message }] };
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`#### ${name} took ${seconds} s`);
  return { results, seconds };
}

const noOutcome = { total: nothing, times: [], failed: [] };

/** One after the other. Resolves with { total, times: [{ name, seconds }], failed: [name] }. */
async function runSuites(names, suites) {
  let outcome = noOutcome;
  for (const name of names) {
    const { results, seconds } = await runSuite(name, suites[name]);
    const failed = results.failed > 0 ? [name] : [];
    outcome = addOutcome(outcome, { total: results, times: [{ name, seconds }], failed });
  }
  return outcome;
}

function addOutcome(one, other) {
  return {
    total: add(one.total, other.total),
    times: [...one.times, ...other.times],
    failed: [...one.failed, ...other.failed],
  };
}

/** Every suite. The last ones mostly wait, and so they run beside each other. */
async function runAll() {
  const { suites, first, besides, prepareEarly, prepareBesides } = await import('./suites/index.mjs');
  const early = prepareEarly();
  const outcome = await runSuites(first, suites);
  await early;
  await prepareBesides();
  const [own, ...others] = besides;
  const outcomes = await Promise.all([runSuites(own, suites), ...others.map(runBeside)]);
  return outcomes.reduce(addOutcome, outcome);
}

function printTimes(times, files) {
  console.log(`\nSuites: ${times.map(({ name, seconds }) => `${name} ${seconds} s`).join(', ')}`);
  const bySlowness = [...files].sort((one, other) => other.ms - one.ms).slice(0, maxSlowest);
  if (bySlowness.length > 0) console.log(`The ${bySlowness.length} slowest files:`);
  for (const { file, ms } of bySlowness)
    console.log(`${(ms / 1000).toFixed(1).padStart(8)} s  ${relative(root, resolve(root, file))}`);
}

function printOutcome({ total, times, failed }) {
  printTimes(times, total.files);
  console.log('');
  for (const { name, reason } of total.skipped) console.log(`Skipped: ${name}${reason && `: ${reason}`}`);
  for (const { file, name, message } of total.failures)
    console.log(`Failed: ${name}${file && ` (${relative(root, resolve(root, file))})`}: ${message}`);
  if (failed.length > 0) console.log(`Failed suites: ${failed.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
}

function parse(words) {
  const options = { built: { type: 'boolean' }, outcome: { type: 'string' } };
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new Failure(error.message, 2);
  }
}

async function test(words) {
  const { values: options, positionals: names } = parse(words);
  await setup();
  if (options.built) relyOnBuild();
  const all = await import('./suites/index.mjs');
  const unknown = names.find((name) => !(name in all.suites));
  if (unknown)
    throw new Failure(
      `"${unknown}" is not a suite. The suites are ${Object.keys(all.suites).join(', ')}.`,
      2,
    );
  const outcome = names.length > 0 ? await runSuites(names, all.suites) : await runAll(all);
  if (options.outcome) writeFileSync(options.outcome, JSON.stringify(outcome));
  else printOutcome(outcome);
  return outcome.total.failed > 0 ? 1 : 0;
}

await main(import.meta.url, test);
