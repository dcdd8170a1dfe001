/** Checks types, style and format. Every check runs, also if others fail. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { exitCodeOf, main, step } from './lib/run.mjs';
import { setup } from './setup.mjs';

function cFiles() {
  return ['bpf', 'native', 'test/bench', 'test/fuzz', 'test/native'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((file) => /\.(c|cc|cpp|h|hpp)$/.test(file) && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  );
}

const tool = (name) => join(root, 'node_modules', '.bin', name);

const checks = {
  'Types (tsc)': () => [tool('tsc'), ['--build']],
  'Style and format (Biome)': () => [
    tool('biome'),
    ['ci', '--error-on-warnings', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.'],
  ],
  'Unused files and exports (knip)': () => [tool('knip'), ['--no-progress']],
  'Format of C and C++ (clang-format)': () => ['clang-format', ['--dry-run', '-Werror', ...cFiles()]],
};

/** Resolves with the names of the checks that passed and that failed. */
export async function check() {
  await setup('check');
  const passed = [];
  const failed = [];
  for (const [name, command] of Object.entries(checks)) {
    const code = await step(name, () => exitCodeOf(...command()));
    (code === 0 ? passed : failed).push(name);
  }
  return { passed, failed };
}

await main(import.meta.url, async () => {
  const { failed } = await check();
  if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});
