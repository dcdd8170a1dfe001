/**
 * Runs the benchmarks that have targets, or those that are named, of the built product; prints numbers, and none of them fails.
 *   node scripts/bench.mjs [--quick] [--json] [--plot FILE.svg] [--loads 1000,4000] [--rounds 200] [NAME...]
 * --quick: the table of speeds alone, without its largest load, in less than 4 minutes. --json: the report as JSON on stdout, all else on stderr.
 * --rounds: of drill-verdicts, 1000 by default.
 * --plot: time against sockets, of us and others. --loads: the table at other numbers of sockets. Names: scripts/bench/arguments.mjs.
 */

import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './bench/arguments.mjs';
import { buildAll, bundle } from './build.mjs';
import { asRoot } from './lib/debian.mjs';
import { build, dist } from './lib/paths.mjs';
import { exitCodeOf, Failure, main, run, step } from './lib/run.mjs';
import { packageExtension } from './package.mjs';
import { setup } from './setup.mjs';
import { unpackPrograms } from './suites/programs.mjs';
import { installServer } from './vscode-server/install.mjs';

const folder = join(build, 'bench');
const resultFile = join(folder, 'report.json');
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
  await bundle({
    entryPoints: { probe: 'scripts/bench/host/probe.mjs' },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
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

/** The C program that the table compares with. */
function buildFloor() {
  return step('Build the floor', () => run('make', ['--silent', '--no-print-directory', '-C', 'test/bench']));
}

async function prepare(names) {
  await setup('agent', 'bench');
  if (names.some((name) => ['tree', 'host'].includes(name))) await prepareWorkbench();
  else await buildAll();
  if (names.includes('speed')) await buildFloor();
}

async function runBenchmarks(request, path) {
  const program = await bundleBenchmarks();
  const node = [process.execPath, '--enable-source-maps', program, JSON.stringify(request)];
  const [command, args] = asRoot('env', [`PATH=${path}`, ...node]);
  return exitCodeOf(command, args);
}

async function bench({ names, options }) {
  await prepare(names);
  const usesPrograms = names.some((name) => ['free', 'drill'].includes(name));
  const { bin, remove } = usesPrograms ? await unpackPrograms() : nothingUnpacked;
  try {
    const path = [bin, process.env.PATH].filter(Boolean).join(':');
    return await runBenchmarks({ names, options, resultFile }, path);
  } finally {
    remove();
  }
}

/** Builds and benchmarks write to stdout, too: so they run in a process whose stdout is our stderr. */
async function benchAsJson(words) {
  const self = [fileURLToPath(import.meta.url), ...words.filter((word) => word !== '--json')];
  const streams = { cwd: process.cwd(), stdio: ['inherit', 2, 2] };
  const code = await exitCodeOf(process.execPath, self, streams);
  if (code === 0) process.stdout.write(readFileSync(resultFile));
  return code;
}

function checked(words) {
  try {
    return readArguments(words);
  } catch (error) {
    throw new Failure(error.message, 2);
  }
}

await main(import.meta.url, async (words) => {
  const { json, ...request } = checked(words);
  return json ? benchAsJson(words) : bench(request);
});
