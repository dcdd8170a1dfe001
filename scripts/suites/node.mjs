/** Runs a suite with node:test. */

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildTests } from '../build-tests.mjs';
import { asRoot } from '../lib/debian.mjs';
import { exitCodeOf, Failure } from '../lib/run.mjs';
import { add, readResults, resultsFile } from './results.mjs';

const reporter = fileURLToPath(new URL('count-reporter.mjs', import.meta.url));

/** Variables of sudo, with which the programs under test would serve the user who called it. */
const sudoVariables = ['SUDO_UID', 'SUDO_GID', 'SUDO_USER', 'SUDO_COMMAND'].flatMap((name) => ['-u', name]);

/** sudo cleans the environment, so variables are passed by name; and only root can end processes of root, so `timeout` runs as root. */
function rootCommand(environment, timeout, args) {
  const variables = Object.entries({ PATH: process.env.PATH, ...environment }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const limit = ['timeout', '--kill-after=10', String(timeout / 1000)];
  return asRoot('env', [...sudoVariables, ...variables, ...limit, process.execPath, ...args]);
}

async function runFiles(suite, files, { root, sideBySide, timeout, environment }) {
  const results = resultsFile(suite);
  const args = [
    '--test',
    '--enable-source-maps',
    `--test-concurrency=${sideBySide}`,
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${reporter}`, `--test-reporter-destination=${results}`],
    ...files,
  ];
  const [command, rest] = root ? rootCommand(environment, timeout, args) : [process.execPath, args];
  const code = await exitCodeOf(command, rest, {
    timeout: timeout + 20_000,
    env: { ...process.env, ...environment },
  });
  if (code === 124) console.error(`The suite did not end within ${timeout / 1000} s.`);
  return readResults(results, code);
}

/**
 * `root`: run as root. `sideBySide`: so many files at a time, and then those of these names (without `.test.ts`) that are to run
 * `alone`, one by one. `timeout` in milliseconds, for either.
 */
export async function runNodeSuite(
  suite,
  { root = false, sideBySide = 1, alone = [], timeout, environment = {} },
) {
  const files = await buildTests(suite);
  const options = { root, timeout, environment };
  const [apart, together] = split(files, alone);
  const results = await runFiles(suite, together, { ...options, sideBySide });
  if (apart.length === 0) return results;
  return add(results, await runFiles(suite, apart, { ...options, sideBySide: 1 }));
}

/** Those that are named, and the others. Every name must be a file's. */
function split(files, names) {
  const named = names.map((name) => {
    const file = files.find((each) => basename(each) === `${name}.test.cjs`);
    if (!file) throw new Failure(`There is no ${name}.test.ts.`);
    return file;
  });
  return [named, files.filter((file) => !named.includes(file))];
}
