/** What the initramfs of each kind of guest has in common. */

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../lib/run.mjs';
import { qemuFolder } from './apt.mjs';
import { copyModules } from './kernel.mjs';

const folders = ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'modules'];

/**
 * Packs busybox, modules of the kernel, `init` and what `add(folder)` puts into it; gives the file. init.sh inserts these
 * modules in the order in which they need each other.
 */
export function createInitramfs(name, { kernel, modules, init, add = () => {} }) {
  const root = join(qemuFolder, `${name}-root`);
  rmSync(root, { recursive: true, force: true });
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  cpSync('/bin/busybox', join(root, 'bin', 'busybox'), { dereference: true });
  copyModules(kernel, modules, join(root, 'modules'));
  cpSync(init, join(root, 'init'));
  add(root);
  return pack(root, join(qemuFolder, `${name}.cpio`));
}

function pack(root, file) {
  const names = output('find', ['.', '-print0'], { cwd: root });
  const options = ['--null', '--create', '--format=newc', '--quiet', `--file=${file}`];
  output('cpio', options, { cwd: root, input: names });
  return file;
}
