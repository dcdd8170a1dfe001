/** Debian's kernels for virtual machines. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, output } from '../lib/run.mjs';
import { privateApt, qemuFolder } from './apt.mjs';

/** By Linux version: the suite of Debian that has it. */
export const kernelSuites = {
  '5.10': 'bullseye',
  6.1: 'bookworm',
  6.12: 'trixie',
  newest: 'trixie-backports',
};

const imageName = /linux-image-\d\S*-cloud-amd64/;

/** The packages of the kernel that the cloud images have: one, or its image and its modules apart (from Linux 7 on). */
function packagesOf(suite, apt) {
  const dependsOf = (name) => output('apt-cache', [...apt, 'depends', name]);
  const image = imageName.exec(dependsOf('linux-image-cloud-amd64'))?.[0];
  if (!image) throw new Failure(`the mirror has no cloud kernel for ${suite}`);
  const parts = dependsOf(image).match(/linux-(binary|modules)-\d\S*-cloud-amd64/g) ?? [];
  return parts.length > 0 ? [...new Set(parts)] : [image];
}

function download(suite, folder) {
  const apt = privateApt(suite);
  output('apt-get', [...apt, 'update']);
  output('apt-get', [...apt, 'download', ...packagesOf(suite, apt)], { cwd: folder });
  for (const archive of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
    output('dpkg-deb', ['-x', join(folder, archive), folder]);
    rmSync(join(folder, archive));
  }
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
  const modulesFolder = join(base, 'lib', 'modules');
  const [release] = readdirSync(modulesFolder);
  const modules = join(modulesFolder, release);
  const image = join(folder, 'boot', `vmlinuz-${release}`);
  return { release, image: existsSync(image) ? image : join(modules, 'vmlinuz'), modules };
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
