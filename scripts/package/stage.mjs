/** Makes the folder that a package is made of. */

import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, manifest, root } from '../lib/paths.mjs';
import { Failure } from '../lib/run.mjs';
import { absoluteLinks } from './links.mjs';

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  if (from.endsWith('README.md')) writeFileSync(to, absoluteLinks(readFileSync(from, 'utf8'), manifest));
  else copyFileSync(from, to);
  setMode(to);
}

/** Whatever the umask is. */
function setMode(file) {
  chmodSync(file, file.endsWith('sockscope.js') ? 0o755 : 0o644);
}

/** `files`: paths in this checkout; `addons`: by path in the package, the file. Returns the folder. */
export function stage(name, packageJson, files, addons) {
  const folder = join(build, 'package', name);
  rmSync(folder, { recursive: true, force: true });
  const missing = files.filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0) throw new Failure(`What is to be packaged is not there: ${missing.join(', ')}`);
  for (const file of files) copy(join(root, file), join(folder, file));
  for (const [path, file] of Object.entries(addons)) copy(file, join(folder, path));
  const manifestFile = join(folder, 'package.json');
  writeFileSync(manifestFile, `${JSON.stringify(packageJson, null, 2)}\n`);
  setMode(manifestFile);
  return folder;
}

export function requireSame(packaged, expected) {
  const [is, should] = [packaged, expected].map((names) => [...names].sort().join(', '));
  if (is !== should) throw new Failure(`The package would have ${is}, and not ${should}.`);
}
