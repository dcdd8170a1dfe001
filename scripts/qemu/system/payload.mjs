/** The second disk of a guest: this Node, the kernel's modules, the tests, and what they need of this checkout. */

import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dist, manifest, root } from '../../lib/paths.mjs';
import { output } from '../../lib/run.mjs';
import { qemuFolder } from '../apt.mjs';

const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Besides dist/ and the tests themselves. The bundles of tests leave the packages of the agent outside. */
const ofCheckout = [
  'package.json',
  'test/helpers',
  ...Object.keys(manifest.dependencies).map((name) => `node_modules/${name}`),
];

const ofGuest = ['run-tests.sh', 'without-systemd.sh', 'sockscope-tests.service'];

function copyCheckout(folder, suite, tests) {
  for (const path of ofCheckout) cpSync(join(root, path), join(folder, path), { recursive: true });
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  const ofTests = join(folder, 'build', 'test', suite);
  for (const file of tests) cpSync(file, join(ofTests, basename(file)));
  cpSync(join(dist, 'sockscope.node'), join(ofTests, 'sockscope.node'));
}

/** Gives the file of the disk. Everything on it is root's. `programs`: folders, by the name that each gets there. */
export function createPayload(kernel, suite, tests, programs) {
  const folder = join(qemuFolder, 'payload');
  const file = `${folder}.ext4`;
  for (const path of [folder, file]) rmSync(path, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  chmodSync(folder, 0o755);
  cpSync(process.execPath, join(folder, 'bin', 'node'), { dereference: true });
  cpSync(kernel.modules, join(folder, 'lib', 'modules', kernel.release), { recursive: true });
  output('depmod', ['-b', folder, kernel.release]);
  for (const [name, program] of Object.entries(programs))
    cpSync(program, join(folder, name), { recursive: true, verbatimSymlinks: true });
  copyCheckout(join(folder, 'checkout'), suite, tests);
  for (const name of ofGuest) cpSync(own(name), join(folder, name));
  cpSync(join(root, 'scripts', 'suites', 'count-reporter.mjs'), join(folder, 'count-reporter.mjs'));
  output('chown', ['-R', '0:0', folder]);
  output('mkfs.ext4', ['-q', '-d', folder, file, '1G']);
  return file;
}
