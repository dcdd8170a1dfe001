/** Packages build/sockscope.vsix for this machine's architecture, and checks what went into it. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { build, dist, root, vsix } from './lib/paths.mjs';
import { Failure, main, step } from './lib/run.mjs';

/** Exactly what may be in the package; a folder ends with a slash. */
const allowed = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'THIRD-PARTY-NOTICES.md',
  'package.json',
  'package.nls.json',
  'extension/media/',
  'l10n/',
  'dist/extension.js',
  'dist/agent.js',
  'dist/sockscope.js',
  'dist/sockscope.node',
];

const required = ['package.json', 'LICENSE', ...allowed.filter((name) => name.startsWith('dist/'))];

const isAllowed = (file) =>
  allowed.some((name) => (name.endsWith('/') ? file.startsWith(name) : file === name));

function checkContents(files) {
  const stray = files.filter((file) => !isAllowed(file));
  const lacking = required.filter((name) => !files.includes(name));
  if (stray.length > 0)
    throw new Failure(`These files must not be packaged; see .vscodeignore: ${stray.join(', ')}`);
  if (lacking.length > 0) throw new Failure(`The package would lack ${lacking.join(', ')}.`);
}

async function createPackage() {
  const { createVSIX, listFiles, PackageManager } = await import('@vscode/vsce');
  checkContents(await listFiles({ cwd: root, packageManager: PackageManager.None }));
  mkdirSync(build, { recursive: true });
  await createVSIX({
    cwd: root,
    packagePath: vsix,
    target: `linux-${process.arch}`,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: !existsSync(join(root, 'LICENSE')),
  });
}

/** Builds first, so that what is packaged is what the sources say. */
export async function packageExtension() {
  await buildAll();
  if (!existsSync(join(dist, 'sockscope.node'))) throw new Failure('dist/sockscope.node is missing.');
  await step('Package the extension', createPackage);
}

await main(import.meta.url, packageExtension);
