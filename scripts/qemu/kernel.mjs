/**
 * Debian's kernel for virtual machines, from the mirror that this system's apt uses, through an apt configuration of its
 * own: nothing of the system's sources, lists or packages changes.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../lib/paths.mjs';
import { Failure, output } from '../lib/run.mjs';

const suite = 'bookworm';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export const qemuFolder = join(build, 'qemu');

function debianMirror() {
  const format = ['--format', '$(ORIGIN) $(LABEL) $(REPO_URI)', 'Created-By: Packages'];
  const lines = output('apt-get', ['indextargets', ...format]).split('\n');
  const mirror = lines.map((line) => /^Debian Debian (\S+)$/.exec(line)?.[1]).find(Boolean);
  if (!mirror) throw new Failure('the apt of this system has no Debian mirror to take the kernel from');
  return mirror;
}

/** Options that make apt use only our own sources, lists and cache. */
function privateApt() {
  const folder = join(qemuFolder, 'apt');
  for (const name of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true });
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [arch=amd64 signed-by=${keyring}] ${debianMirror()} ${suite} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': '', // the sandbox user could not write here
    'APT::Architecture': 'amd64',
  };
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

function download(folder) {
  const apt = privateApt();
  output('apt-get', [...apt, 'update']);
  const depends = output('apt-cache', [...apt, 'depends', 'linux-image-cloud-amd64']);
  const name = /linux-image-\d\S*-cloud-amd64/.exec(depends)?.[0];
  if (!name) throw new Failure(`the mirror has no cloud kernel for ${suite}`);
  output('apt-get', [...apt, 'download', name], { cwd: folder });
  const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  output('dpkg-deb', ['-x', join(folder, archive), folder]);
  rmSync(join(folder, archive));
}

/** Fetches the kernel once; gives the image and the folder of its modules. */
export function fetchKernel() {
  const folder = join(qemuFolder, `kernel-${suite}`);
  if (!existsSync(folder)) {
    const partial = `${folder}.part`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    download(partial);
    renameSync(partial, folder);
  }
  const modules = join(folder, 'lib', 'modules');
  const [version] = readdirSync(modules);
  return { image: join(folder, 'boot', `vmlinuz-${version}`), modules: join(modules, version) };
}
