/** The root file system of the smoke's guest: busybox, this Node with its libraries, dist/ and the guest's own two programs. */

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dist } from '../../lib/paths.mjs';
import { output } from '../../lib/run.mjs';
import { createInitramfs } from '../initramfs.mjs';
import { removeDestroy } from './without-destroy.mjs';

/** sock_diag is built as modules in Debian. */
const modules = ['inet_diag', 'tcp_diag', 'udp_diag'];

const programs = [
  'sockscope.js',
  'list.js',
  'list-agent.js',
  'list-inventory.js',
  'verbs.js',
  'connect.js',
  'agent-server.js',
  'agent.js',
  'sockscope.node',
];

const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Node and the shared libraries that it and the addon need, under the same paths. */
function addNode(root) {
  const addon = join(dist, 'sockscope.node');
  const listed = [process.execPath, addon].map((file) => output('ldd', [file])).join('\n');
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
  for (const library of new Set(libraries)) cpSync(library, join(root, library), { dereference: true });
  cpSync(process.execPath, join(root, 'bin', 'node'), { dereference: true });
}

function addFiles(root, without) {
  addNode(root);
  mkdirSync(join(root, 'sockscope'));
  for (const name of programs) cpSync(join(dist, name), join(root, 'sockscope', name));
  cpSync(own('guest'), join(root, 'guest'), { recursive: true });
  if (without !== 'sock_destroy') return;
  for (const name of ['tcp_diag', 'udp_diag']) removeDestroy(join(root, 'modules', `${name}.ko`));
}

/** Of what the guest goes `without`, only the modules differ here; init.sh does the rest. */
export function createSmokeInitramfs(kernel, without) {
  const add = (root) => addFiles(root, without);
  return createInitramfs('smoke', { kernel, modules, init: own('init.sh'), add });
}
