/** Runs a suite with node:test. */

import { fileURLToPath } from 'node:url';
import { buildTests } from '../build-tests.mjs';
import { asRoot } from '../lib/debian.mjs';
import { exitCodeOf } from '../lib/run.mjs';
import { readResults, resultsFile } from './results.mjs';

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

/** `root`: run as root, one file at a time, because such tests share the machine. Times are in milliseconds. */
export async function runNodeSuite(suite, { root = false, timeout, environment = {} }) {
  const files = await buildTests(suite);
  const results = resultsFile(suite);
  const args = [
    '--test',
    '--enable-source-maps',
    ...(root ? ['--test-concurrency=1'] : []),
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
