/**
 * Runs all benchmarks of the built product, or those named; prints numbers and judges none.
 *   node scripts/bench.mjs [latency] [churn] [cpu] [overhead] [lab] [survival] [tree] [free] [drill] [drill-accuracy]
 */

import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, bundle } from './build.mjs';
import { asRoot } from './lib/debian.mjs';
import { build, dist } from './lib/paths.mjs';
import { exitCodeOf, Failure, main } from './lib/run.mjs';
import { packageExtension } from './package.mjs';
import { setup } from './setup.mjs';
import { unpackPrograms } from './suites/programs.mjs';
import { installServer } from './vscode-server/install.mjs';

const all = [
  'latency',
  'churn',
  'cpu',
  'overhead',
  'lab',
  'survival',
  'tree',
  'free',
  'drill',
  'drill-accuracy',
];
const folder = join(build, 'bench');
const nothingUnpacked = { bin: '', remove: () => {} };

/** Bundles the benchmarks, which use the client and the test helpers in TypeScript; packages stay outside. */
async function bundleBenchmarks() {
  mkdirSync(folder, { recursive: true });
  await bundle({
    entryPoints: { main: 'scripts/bench/main.mjs' },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    packages: 'external',
    sourcemap: 'inline',
  });
  const link = join(folder, 'sockscope.node');
  rmSync(link, { force: true });
  symlinkSync(join(dist, 'sockscope.node'), link);
  return join(folder, 'main.cjs');
}

async function prepareWorkbench() {
  await setup('browser', 'user');
  await packageExtension();
  await installServer();
}

async function bench(names) {
  const unknown = names.find((name) => !all.includes(name));
  if (unknown) throw new Failure(`"${unknown}" is none of ${all.join(', ')}.`, 2);
  const chosen = names.length > 0 ? names : all;
  await setup('agent', 'bench');
  if (chosen.includes('tree')) await prepareWorkbench();
  else await buildAll();
  const usesPrograms = chosen.some((name) => ['free', 'drill'].includes(name));
  const { bin, remove } = usesPrograms ? await unpackPrograms() : nothingUnpacked;
  try {
    return await runBenchmarks(chosen, [bin, process.env.PATH].filter(Boolean).join(':'));
  } finally {
    remove();
  }
}

async function runBenchmarks(names, path) {
  const program = await bundleBenchmarks();
  const node = [process.execPath, '--enable-source-maps', program];
  const [command, args] = asRoot('env', [`PATH=${path}`, ...node, ...names]);
  return exitCodeOf(command, args);
}

await main(import.meta.url, bench);
