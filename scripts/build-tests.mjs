/**
 * Bundles the tests of a suite, test/SUITE/**\/*.test.ts (and index.ts, for the extension host), into build/test/SUITE.
 * Packages stay outside: tests run from this checkout.
 */

import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './build.mjs';
import { build, dist, root } from './lib/paths.mjs';
import { Failure } from './lib/run.mjs';

function filesIn(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file))
    .sort();
}

/** The agent's code loads the addon from the folder of its bundle. */
function linkAddon(folder) {
  const link = join(folder, 'sockscope.node');
  rmSync(link, { force: true });
  symlinkSync(join(dist, 'sockscope.node'), link);
}

/** Resolves with the bundled test files. */
export async function buildTests(suite) {
  const sources = filesIn(join(root, 'test', suite), /\.test\.ts$/);
  if (sources.length === 0) throw new Failure(`There is no test in test/${suite}.`);
  const folder = join(build, 'test', suite);
  rmSync(folder, { recursive: true, force: true });
  const index = join(root, 'test', suite, 'index.ts');
  await bundle({
    entryPoints: existsSync(index) ? [...sources, index] : sources,
    outbase: join(root, 'test', suite),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    packages: 'external',
    external: ['vscode'],
    sourcemap: 'inline',
  });
  const tests = filesIn(folder, /\.test\.cjs$/);
  for (const parent of new Set(tests.map(dirname))) linkAddon(parent);
  return tests;
}
