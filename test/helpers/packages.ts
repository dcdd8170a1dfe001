/** npm packages of this checkout, for users who may not be able to read the checkout. */

import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Copies them and their dependencies into `folder`/node_modules. */
export function copyPackages(folder: string, names: readonly string[]): void {
  for (const name of withDependencies(names)) {
    const copy = join(folder, 'node_modules', name);
    if (existsSync(copy)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(resolve('node_modules', name), copy, { recursive: true });
  }
}

/** Leaves out packages for other platforms, which are not installed. A package's own node_modules lie in its folder. */
function withDependencies(roots: readonly string[]): Set<string> {
  const names = new Set(roots);
  for (const name of names) {
    const { dependencies, optionalDependencies, peerDependencies } = manifestOf(name);
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      if (existsSync(resolve('node_modules', needed))) names.add(needed);
  }
  return names;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(resolve('node_modules', name, 'package.json'), 'utf8')) as Manifest;
}
