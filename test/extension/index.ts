/** Runs every test/extension/*.test.ts with mocha; VS Code calls it inside the extension host. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

function sourceOf(bundle = ''): string {
  return join('test', 'extension', basename(bundle).replace(/\.cjs$/, '.ts'));
}

/** Milliseconds by file. */
function timeFiles(runner: Mocha.Runner): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  let started = 0;
  runner.on('suite', ({ parent }) => {
    if (parent?.root) started = Date.now();
  });
  runner.on('suite end', ({ parent, file = '' }) => {
    if (!parent?.root) return;
    const source = sourceOf(file);
    times.set(source, (times.get(source) ?? 0) + Date.now() - started);
  });
  return times;
}

/** `name` with the names of its suites. */
interface Failed {
  readonly file: string;
  readonly name: string;
  readonly message: string;
}

/** Writes the counts for the launcher; scripts/suites/results.mjs has the shape. */
function writeResults(
  runner: Mocha.Runner,
  skipped: readonly string[],
  failed: readonly Failed[],
  times: ReadonlyMap<string, number>,
): void {
  const file = process.env.SOCKSCOPE_TEST_RESULTS;
  if (!file || !runner.stats) return;
  const { passes, failures } = runner.stats;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({
      passed: passes,
      failed: failures,
      skipped: skipped.map((name) => ({ name, reason: '' })),
      files: [...times].map(([file, ms]) => ({ file, ms })),
      failures: failed,
    }),
  );
}

/** The launcher shows lines with this mark and hides other logs of the extension host. */
function markOutput(): void {
  Mocha.reporters.Base.consoleLog = (...parts) => console.log(`[mocha] ${format(...parts)}`);
}

export function run(): Promise<void> {
  markOutput();
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', timeout: 120_000, color: false });
  for (const name of readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs'))) {
    mocha.addFile(join(__dirname, name));
  }
  return new Promise((resolve, reject) => {
    const skipped: string[] = [];
    const failed: Failed[] = [];
    const runner = mocha.run((failures) => {
      writeResults(runner, skipped, failed, times);
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    const times = timeFiles(runner);
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.on('fail', (test, error) =>
      failed.push({
        file: sourceOf(test.file),
        name: test.fullTitle(),
        message: error.stack ?? error.message,
      }),
    );
  });
}
