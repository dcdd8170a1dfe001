/** A folder in which this package is installed, with programs that use it, as in another project. */

import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contents } from '../../scripts/package/contents.mjs';
import type { Stage } from './stage';

/** Installs exactly the files of the npm package, beside the programs of consumers/. */
export function installPackage(stage: Stage): string {
  const folder = join(stage.folder, 'consumer');
  const installed = join(folder, 'node_modules', 'sockscope');
  mkdirSync(installed, { recursive: true });
  for (const file of ['package.json', ...contents.npm, 'dist/sockscope.node'])
    cpSync(resolve(file), join(installed, file), { recursive: true });
  cpSync(resolve('test', 'helpers', 'consumers'), folder, { recursive: true });
  return folder;
}
