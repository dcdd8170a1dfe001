/** A folder in which this package is installed, with programs that use it, as in another project. */

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Stage } from './stage';

/** Installs exactly the files that `npm pack` would include, beside the programs of consumers/. */
export function installPackage(stage: Stage): string {
  const folder = join(stage.folder, 'consumer');
  const installed = join(folder, 'node_modules', 'sockscope');
  mkdirSync(installed, { recursive: true });
  for (const file of ['package.json', ...packedFiles()])
    cpSync(resolve(file), join(installed, file), { recursive: true });
  cpSync(resolve('test', 'helpers', 'consumers'), folder, { recursive: true });
  return folder;
}

function packedFiles(): string[] {
  const lines = readFileSync('.npmignore', 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}
