/** Suites that run in virtual machines. */

import { basename } from 'node:path';
import { buildAll } from '../build.mjs';
import { buildTests } from '../build-tests.mjs';
import { Failure } from '../lib/run.mjs';
import { fetchKernel, kernelSuites } from '../qemu/kernel.mjs';
import { runInSystem, systemObstacle } from '../qemu/system/boot.mjs';
import { fetchPm2 } from '../qemu/system/pm2.mjs';
import { core, coreKernels, needsTheHost } from './agent-core.mjs';
import { coreText } from './core-table.mjs';
import { keepCore, readCore } from './kept-core.mjs';
import { add, nothing, parseResults, skippedSuite } from './results.mjs';

const nameOf = (file) => basename(file, '.test.cjs');

/** Results by name of test file; `ran`: the guest came to it. */
async function runUnder(version, tests, options) {
  const written = await runInSystem({ version, tests, ...options });
  return new Map(
    tests.map(nameOf).map((name) => {
      const { code, counts } = written.get(name) ?? { code: 1, counts: '' };
      return [name, { ...under(version, parseResults(counts, code)), ran: written.has(name) }];
    }),
  );
}

/** The tests with the kernel in their names: they have run under several. */
function under(version, { skipped, failures, ...results }) {
  const named = (test) => ({ ...test, name: `Linux ${version}: ${test.name}` });
  return { ...results, skipped: skipped.map(named), failures: failures.map(named) };
}

/** The bundled files of these names, every one. */
function named(tests, names) {
  return names.map((name) => {
    const file = tests.find((each) => nameOf(each) === name);
    if (!file) throw new Failure(`There is no ${name}.test.ts.`);
    return file;
  });
}

/**
 * Files of the agent's tests, the whole core where none is named, under each of these kernels, one after the other. Results are kept
 * with each kernel, for those who end it early.
 */
export async function runCore({ versions = coreKernels, names = core } = {}) {
  const reason = await systemObstacle();
  if (reason) return skippedSuite('kernels', reason);
  await buildAll();
  const tests = named(await buildTests('agent'), names);
  let total = nothing;
  for (const version of versions) {
    const results = await runUnder(version, tests, { suite: 'agent', systemd: false, minutes: 180 });
    keepCore(version, fetchKernel(kernelSuites[version]).release, results);
    total = [...results.values()].reduce(add, total);
  }
  console.log(`\n${coreText(readCore(), core)}`);
  for (const [name, what] of Object.entries(needsTheHost))
    console.log(`${name}: not run, for want of ${what}`);
  return total;
}

/** What needs systemd as the first process (installed units, and units of programs), and process managers with what they run. */
export async function guest() {
  const reason = await systemObstacle();
  if (reason) return skippedSuite('guest', reason);
  await buildAll();
  const tests = await buildTests('guest');
  const programs = { pm2: await fetchPm2() };
  const results = await runUnder('6.12', tests, { suite: 'guest', systemd: true, programs, minutes: 90 });
  return [...results.values()].reduce(add, nothing);
}
