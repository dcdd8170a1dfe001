/** Runs npm, and installs the packages of this project. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { Failure, run, step, which } from './run.mjs';

/** npm, as [command, ...first arguments]: the one that started this script, else the one on PATH. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith('npm-cli.js')) return [process.execPath, script];
  const npm = which('npm');
  if (!npm)
    throw new Failure('npm was not found. Install Node.js 20 or newer together with npm, then try again.');
  return [npm];
}

export async function npm(args, options) {
  const [command, ...first] = npmCommand();
  await run(command, [...first, ...args], options);
}

function lockedPackages(file) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(packages).filter(([path]) => path !== '');
}

/** Compares the lock file with npm's record of its last install. Packages of other platforms may be missing. */
function isInstalled() {
  try {
    const installed = new Map(lockedPackages(join(root, 'node_modules', '.package-lock.json')));
    const locked = lockedPackages(join(root, 'package-lock.json'));
    const paths = new Set(locked.map(([path]) => path));
    return (
      locked.every(
        ([path, { version, optional }]) =>
          (installed.get(path)?.version ?? (optional && version)) === version,
      ) && [...installed.keys()].every((path) => paths.has(path))
    );
  } catch {
    return false;
  }
}

export async function ensureNodeModules() {
  if (isInstalled()) return;
  await step('npm ci', () => npm(['ci', '--no-audit', '--no-fund']));
}
