/** Runs every test/extension/*.test.ts with mocha; VS Code calls it inside the extension host. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Writes the counts for the launcher; scripts/suites/results.mjs has the shape. */
function writeResults(runner: Mocha.Runner, skipped: readonly string[]): void {
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
    }),
  );
}

/** The launcher shows lines with this mark and hides other logs of the extension host. */
function markOutput(): void {
  Mocha.reporters.Base.consoleLog = (...parts) => console.log(`[mocha] ${format(...parts)}`);
}

export function run(): Promise<void> {
  markOutput();
  // A workbench on a busy machine sometimes loses an event, so a test fails only if it fails twice.
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', timeout: 30_000, color: false, retries: 1 });
  for (const name of readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs'))) {
    mocha.addFile(join(__dirname, name));
  }
  return new Promise((resolve, reject) => {
    const skipped: string[] = [];
    const runner = mocha.run((failures) => {
      writeResults(runner, skipped);
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
  });
}
