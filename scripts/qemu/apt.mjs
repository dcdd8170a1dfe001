/**
 * Debian's packages for guests, from the mirror that this system's apt uses, through an apt configuration of its own: nothing
 * of the system's sources, lists or packages changes.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../lib/paths.mjs';
import { Failure, output } from '../lib/run.mjs';

export const qemuFolder = join(build, 'qemu');

export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export function debianMirror() {
  const format = ['--format', '$(ORIGIN) $(LABEL) $(REPO_URI)', 'Created-By: Packages'];
  const lines = output('apt-get', ['indextargets', ...format]).split('\n');
  const mirror = lines.map((line) => /^Debian Debian (\S+)$/.exec(line)?.[1]).find(Boolean);
  if (!mirror) throw new Failure('the apt of this system has no Debian mirror to take a guest from');
  return mirror;
}

/** Options that make apt use only our own sources, lists and cache, as a system of this suite without any package. */
export function privateApt(suite) {
  const folder = join(qemuFolder, `apt-${suite}`);
  for (const name of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true });
  const sources = join(folder, 'sources.list');
  const status = join(folder, 'status');
  writeFileSync(sources, `deb [arch=amd64 signed-by=${keyring}] ${debianMirror()} ${suite} main\n`);
  writeFileSync(status, '');
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': status,
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': '', // the sandbox user could not write here
    'APT::Architecture': 'amd64',
    'APT::Architectures::': 'amd64',
  };
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}
