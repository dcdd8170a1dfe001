/** Packages the extension with vsce. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifest } from '../lib/paths.mjs';
import { contents } from './contents.mjs';
import { extensionManifest, universalManifest } from './manifests.mjs';
import { requireSame, stage } from './stage.mjs';

/** The time of all files in a package, as npm has it: packages of the same code are the same. */
const fileTime = String(Date.parse('1985-10-26T08:15:00Z') / 1000);

async function create(folder, files, options) {
  Object.assign(process.env, { SOURCE_DATE_EPOCH: fileTime, TZ: 'UTC' });
  // Empty, as all in the folder is meant: where there is none, vsce warns.
  writeFileSync(join(folder, '.vscodeignore'), '');
  const { createVSIX, listFiles, PackageManager } = await import('@vscode/vsce');
  requireSame(await listFiles({ cwd: folder, packageManager: PackageManager.None }), [
    'package.json',
    ...files,
  ]);
  await createVSIX({ cwd: folder, dependencies: false, gitHubIssueLinking: false, ...options });
}

/** For one kind of machine. */
export async function packageVsix(target, addon, packagePath) {
  const path = 'dist/sockscope.node';
  const folder = stage(target, extensionManifest(manifest), contents.extension, { [path]: addon });
  await create(folder, [...contents.extension, path], { packagePath, target });
}

/** For all others. */
export async function packageUniversal(packagePath) {
  const folder = stage('universal', universalManifest(manifest), contents.universal, {});
  await create(folder, contents.universal, { packagePath });
}
