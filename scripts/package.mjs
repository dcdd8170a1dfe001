/** Packages build/sockscope.vsix for this machine's architecture: exactly the files that .vscodeignore names. */

import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { build, root, vsix } from './lib/paths.mjs';
import { Failure, main, step } from './lib/run.mjs';

function packagedFiles() {
  const lines = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** A folder with these files alone: vsce would otherwise search through all of build/ and node_modules/. */
function stage(files) {
  const folder = join(build, 'package');
  rmSync(folder, { recursive: true, force: true });
  const missing = files.filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0)
    throw new Failure(`.vscodeignore names files that are not there: ${missing.join(', ')}`);
  for (const file of [...files, '.vscodeignore']) cpSync(join(root, file), join(folder, file));
  return folder;
}

async function createPackage() {
  const { createVSIX, listFiles, PackageManager } = await import('@vscode/vsce');
  const files = packagedFiles();
  const folder = stage(files);
  const packaged = await listFiles({ cwd: folder, packageManager: PackageManager.None });
  if (packaged.sort().join() !== files.sort().join()) {
    throw new Failure(`vsce would package ${packaged.join(', ')}, which is not what .vscodeignore names.`);
  }
  await createVSIX({
    cwd: folder,
    packagePath: vsix,
    target: `linux-${process.arch}`,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false, // there is no public address of the repository to rewrite them to
  });
}

/** Builds first, so that the package has the current sources. */
export async function packageExtension() {
  await buildAll();
  await step('Package the extension', createPackage);
}

await main(import.meta.url, () => packageExtension());
