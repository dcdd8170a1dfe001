/** The guest's root file system: busybox, this Node with its libraries, dist/ and the guest's own two programs. */

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dist } from '../lib/paths.mjs';
import { output } from '../lib/run.mjs';
import { qemuFolder } from './kernel.mjs';

/** sock_diag is built as modules in Debian; in the order in which they need each other. */
const modules = ['inet_diag', 'tcp_diag', 'udp_diag'];

const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Copies a program and the shared libraries that it and the addon need, under the same paths. */
function copyPrograms(root) {
  const addon = join(dist, 'sockscope.node');
  const listed = [process.execPath, addon].map((file) => output('ldd', [file])).join('\n');
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
  for (const library of new Set(libraries)) cpSync(library, join(root, library), { dereference: true });
  cpSync(process.execPath, join(root, 'bin', 'node'), { dereference: true });
  cpSync('/bin/busybox', join(root, 'bin', 'busybox'), { dereference: true });
}

function pack(root, file) {
  const names = output('find', ['.', '-print0'], { cwd: root });
  const options = ['--null', '--create', '--format=newc', '--quiet', `--file=${file}`];
  output('cpio', options, { cwd: root, input: names });
}

export function createInitramfs(kernelModules) {
  const root = join(qemuFolder, 'root');
  const file = join(qemuFolder, 'initramfs.cpio');
  rmSync(root, { recursive: true, force: true });
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'modules', 'sockscope']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  copyPrograms(root);
  for (const name of ['sockscope.js', 'agent.js', 'sockscope.node']) {
    cpSync(join(dist, name), join(root, 'sockscope', name));
  }
  for (const name of modules) {
    cpSync(
      join(kernelModules, 'kernel', 'net', 'ipv4', `${name}.ko`),
      join(root, 'modules', basename(`${name}.ko`)),
    );
  }
  cpSync(own('init.sh'), join(root, 'init'));
  cpSync(own('guest.mjs'), join(root, 'guest.mjs'));
  pack(root, file);
  return file;
}
