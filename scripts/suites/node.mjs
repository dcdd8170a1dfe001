/** Runs a suite with node:test. */

import { fileURLToPath } from 'node:url';
import { buildTests } from '../build-tests.mjs';
import { asRoot } from '../lib/debian.mjs';
import { exitCodeOf } from '../lib/run.mjs';
import { readResults, resultsFile } from './results.mjs';

const reporter = fileURLToPath(new URL('count-reporter.mjs', import.meta.url));

/** sudo cleans the environment, so what the tests need is named. */
function rootCommand(environment, args) {
  const wanted = { PATH: process.env.PATH, ...environment };
  return asRoot('env', [
    ...Object.entries(wanted).map(([name, value]) => `${name}=${value}`),
    process.execPath,
    ...args,
  ]);
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
  const [command, rest] = root ? rootCommand(environment, args) : [process.execPath, args];
  const code = await exitCodeOf(command, rest, { timeout, env: { ...process.env, ...environment } });
  if (code === 124) console.error(`The suite did not end within ${timeout / 1000} s.`);
  return readResults(results, code);
}
