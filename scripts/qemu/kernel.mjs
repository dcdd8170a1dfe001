/** Debian's kernels for virtual machines. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, output } from '../lib/run.mjs';
import { privateApt, qemuFolder } from './apt.mjs';

/** By Linux version: the suite of Debian that has it. */
export const kernelSuites = { 6.1: 'bookworm', 6.12: 'trixie' };

function download(suite, folder) {
  const apt = privateApt(suite);
  output('apt-get', [...apt, 'update']);
  const depends = output('apt-cache', [...apt, 'depends', 'linux-image-cloud-amd64']);
  const name = /linux-image-\d\S*-cloud-amd64/.exec(depends)?.[0];
  if (!name) throw new Failure(`the mirror has no cloud kernel for ${suite}`);
  output('apt-get', [...apt, 'download', name], { cwd: folder });
  const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  output('dpkg-deb', ['-x', join(folder, archive), folder]);
  rmSync(join(folder, archive));
}

/** Fetches the kernel of a suite once; gives its release, the image and the folder of its modules. */
export function fetchKernel(suite) {
  const folder = join(qemuFolder, `kernel-${suite}`);
  if (!existsSync(folder)) {
    const partial = `${folder}.part`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    download(suite, partial);
    renameSync(partial, folder);
  }
  return kernelIn(folder);
}

function kernelIn(folder) {
  // From trixie on, modules lie below /usr.
  const base = existsSync(join(folder, 'lib', 'modules')) ? folder : join(folder, 'usr');
  const [release] = readdirSync(join(base, 'lib', 'modules'));
  return {
    release,
    image: join(folder, 'boot', `vmlinuz-${release}`),
    modules: join(base, 'lib', 'modules', release),
  };
}

/** Copies these modules, unpacked, into a folder. Those that are built into the kernel have no file. */
export function copyModules({ modules }, names, folder) {
  const files = readdirSync(modules, { recursive: true });
  for (const name of names) {
    const file = files.find((each) => new RegExp(`/${name}\\.ko(\\.xz)?$`).test(each));
    if (!file) continue;
    const copy = join(folder, `${name}.ko`);
    output('cp', [join(modules, file), file.endsWith('.xz') ? `${copy}.xz` : copy]);
    if (file.endsWith('.xz')) output('xz', ['--decompress', `${copy}.xz`]);
  }
}
