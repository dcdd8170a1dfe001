/** Vite, of this checkout's packages, for users who may not be able to read the checkout. */

import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Copies it with what it needs, once, and answers with the path of its program. */
export function copyVite(folder: string): string {
  const program = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  if (existsSync(program)) return program;
  for (const name of withDependencies('vite')) {
    const copy = join(folder, 'node_modules', name);
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(resolve('node_modules', name), copy, { recursive: true });
  }
  return program;
}

/** Names of packages; those for other platforms are not there. A package's own node_modules lie in its folder. */
function withDependencies(root: string): Set<string> {
  const names = new Set([root]);
  for (const name of names) {
    const { dependencies, optionalDependencies } = manifestOf(name);
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies }))
      if (existsSync(resolve('node_modules', needed))) names.add(needed);
  }
  return names;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(resolve('node_modules', name, 'package.json'), 'utf8')) as Manifest;
}
