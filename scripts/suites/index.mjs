/** The suites with their requirements. Each resolves with counts (results.mjs). */

import { join } from 'node:path';
import { buildAll } from '../build.mjs';
import { buildTests } from '../build-tests.mjs';
import { check } from '../check.mjs';
import { canBeRoot } from '../lib/debian.mjs';
import { build } from '../lib/paths.mjs';
import { packageExtension } from '../package.mjs';
import { bootSmoke } from '../qemu/smoke/boot.mjs';
import { usualVariant } from '../qemu/smoke/variants.mjs';
import { setup } from '../setup.mjs';
import { runInHost } from '../vscode-server/in-host.mjs';
import { installServer } from '../vscode-server/install.mjs';
import { runOnDesktop } from './desktop.mjs';
import { runFaults } from './faults.mjs';
import { runFuzzers } from './fuzz.mjs';
import { guest } from './guests.mjs';
import { runNodeSuite } from './node.mjs';
import { runPackages } from './packages.mjs';
import { unpackPrograms } from './programs.mjs';
import { nothing, readResults, resultsFile, skippedSuite } from './results.mjs';

const minutes = (count) => count * 60_000;

const needsRoot = 'it needs root or sudo, and there is neither';

const inHostTests = join(build, 'test', 'extension', 'index.cjs');

async function runCheck() {
  const { passed, failed } = await check();
  return { ...nothing, passed: passed.length, failed: failed.length };
}

async function unit() {
  await buildAll();
  return runNodeSuite('unit', { sideBySide: 2, timeout: minutes(10) });
}

/** The tests of the agent mostly wait, and each file has a user, network namespaces, ports and an agent of its own. */
const agentFiles = {
  sideBySide: 6,
  alone: [
    // What is started again connects at once, and the agent has to be there before.
    'drill-restarts',
    // Its hundred thousands of owners are in every list of every agent, and some tests measure memory.
    'flood',
    // It measures how soon a change is reported.
    'watch',
  ],
};

async function agent() {
  if (!canBeRoot()) return skippedSuite('agent', needsRoot);
  await setup('agent');
  await buildAll();
  const { bin, remove } = await unpackPrograms();
  const environment = { PATH: [bin, process.env.PATH].filter(Boolean).join(':') };
  try {
    return await runNodeSuite('agent', { ...agentFiles, root: true, timeout: minutes(15), environment });
  } finally {
    remove();
  }
}

async function extension() {
  await setup('browser');
  await buildAll();
  await installServer();
  await buildTests('extension');
  const results = resultsFile('extension');
  const environment = { SOCKSCOPE_TEST_RESULTS: results };
  const logFile = results.replace(/json$/, 'log');
  const code = await runInHost({ testsPath: inHostTests, environment, timeout: minutes(10), logFile });
  if (code !== 0) console.error(`Everything that the extension host logged is in ${logFile}`);
  return readResults(results, code);
}

async function desktop() {
  await buildAll();
  await buildTests('extension');
  return runOnDesktop(inHostTests);
}

async function e2e() {
  if (!canBeRoot()) return skippedSuite('e2e', needsRoot);
  await setup('browser', 'user');
  await packageExtension();
  await installServer();
  // Each story has a user, a server and a browser of its own.
  return runNodeSuite('e2e', { root: true, sideBySide: 3, timeout: minutes(15) });
}

async function smoke() {
  await buildAll();
  const { reason, result } = await bootSmoke(usualVariant);
  if (reason) return skippedSuite('smoke', reason);
  return runNodeSuite('smoke', { timeout: minutes(1), environment: { SOCKSCOPE_GUEST_RESULT: result } });
}

/** A minute of what `npm run fuzz` does for longer. */
const fuzz = () => runFuzzers({ seconds: 60 });

/** A short form of `npm run test:faults`. */
const faults = () => runFaults({ kills: 6 });

export const suites = {
  check: runCheck,
  unit,
  agent,
  extension,
  e2e,
  smoke,
  guest,
  desktop,
  fuzz,
  faults,
  package: () => runPackages({ timeout: minutes(60) }),
};

/** The suites of `npm test`, one after the other; the desktop suite has the same files as `extension`. */
export const first = ['agent'];

/**
 * And then these, each list beside the others, about as long as they are: a workbench mostly waits, a guest has one processor to itself,
 * and the fuzzers take the time that the others leave.
 */
export const besides = [
  ['extension', 'smoke'],
  ['check', 'unit', 'e2e'],
  ['fuzz', 'faults'],
];

/** Begins what waits for the network more than for a processor. What is missing is reported by its suite. */
export function prepareEarly() {
  return installServer().catch((error) => console.error(error.message));
}

/** What the lists install, so that they do not install it at the same time; likewise. */
export async function prepareBesides() {
  for (const purpose of ['browser', 'user', 'qemu', 'fuzz'])
    await setup(purpose).catch((error) => console.error(error.message));
}
