/** Suites that run in virtual machines. */

import { basename } from 'node:path';
import { buildAll } from '../build.mjs';
import { buildTests } from '../build-tests.mjs';
import { Failure } from '../lib/run.mjs';
import { kernelSuites } from '../qemu/kernel.mjs';
import { runInSystem, systemObstacle } from '../qemu/system/boot.mjs';
import { core, needsTheHost } from './agent-core.mjs';
import { add, nothing, parseResults, skippedSuite } from './results.mjs';

const nameOf = (file) => basename(file, '.test.cjs');

/** Results by name of test file. */
async function runUnder(version, tests, options) {
  const written = await runInSystem({ version, tests, ...options });
  return new Map(
    tests.map(nameOf).map((name) => {
      const { code, counts } = written.get(name) ?? { code: 1, counts: '' };
      return [name, under(version, parseResults(counts, code))];
    }),
  );
}

/** The tests with the kernel in their names: they have run under several. */
function under(version, { skipped, failures, ...results }) {
  const named = (test) => ({ ...test, name: `Linux ${version}: ${test.name}` });
  return { ...results, skipped: skipped.map(named), failures: failures.map(named) };
}

function print(byVersion, names) {
  const cell = ({ passed, failed, skipped }) => `${passed} / ${failed} / ${skipped.length}`.padEnd(16);
  console.log(
    `\nPassed / failed / skipped\n${''.padEnd(20)}${[...byVersion.keys()].map((version) => `Linux ${version}`.padEnd(16)).join('')}`,
  );
  for (const name of names)
    console.log(
      `${name.padEnd(20)}${[...byVersion.values()].map((results) => cell(results.get(name))).join('')}`,
    );
}

const total = (byVersion) =>
  [...byVersion.values()].flatMap((results) => [...results.values()]).reduce(add, nothing);

/** The bundled files of these names, every one. */
function named(tests, names) {
  return names.map((name) => {
    const file = tests.find((each) => nameOf(each) === name);
    if (!file) throw new Failure(`There is no ${name}.test.ts.`);
    return file;
  });
}

/** The core of the agent's tests under each kernel, one after the other. */
export async function kernels() {
  const reason = await systemObstacle();
  if (reason) return skippedSuite('kernels', reason);
  await buildAll();
  const tests = named(await buildTests('agent'), core);
  const byVersion = new Map();
  for (const version of Object.keys(kernelSuites))
    byVersion.set(version, await runUnder(version, tests, { suite: 'agent', systemd: false, minutes: 60 }));
  print(byVersion, core);
  for (const [name, what] of Object.entries(needsTheHost))
    console.log(`${name}: not run, for want of ${what}`);
  return total(byVersion);
}

/** What needs systemd as the first process: installed units, and units of programs. */
export async function guest() {
  const reason = await systemObstacle();
  if (reason) return skippedSuite('guest', reason);
  await buildAll();
  const tests = await buildTests('guest');
  const version = '6.12';
  const byVersion = new Map([
    [version, await runUnder(version, tests, { suite: 'guest', systemd: true, minutes: 30 })],
  ]);
  print(byVersion, tests.map(nameOf));
  return total(byVersion);
}
