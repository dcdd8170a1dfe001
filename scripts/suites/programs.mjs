/**
 * Real servers as victims, unpacked beside the system instead of installed: their packages would start services, or have
 * them started at the next boot. In a folder that every user can read, because the tests run them as a plain user.
 */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../lib/paths.mjs';
import { Failure, output, step, which } from '../lib/run.mjs';

/** Where Debian's packages of PostgreSQL keep what they do not put on PATH. */
const postgresFolder = 'usr/lib/postgresql';

/** Program: its package, and where it lies in there. */
const programs = {
  nginx: { package: 'nginx', path: 'usr/sbin/nginx' },
  'redis-server': { package: 'redis-server', path: 'usr/bin/redis-server' },
  initdb: { package: 'postgresql-15', path: `${postgresFolder}/15/bin/initdb` },
  postgres: { package: 'postgresql-15', path: `${postgresFolder}/15/bin/postgres` },
};

function isInstalled(name) {
  const versions = existsSync(`/${postgresFolder}`) ? readdirSync(`/${postgresFolder}`) : [];
  return which(name) || versions.some((version) => existsSync(`/${postgresFolder}/${version}/bin/${name}`));
}

/** Downloads a package with what it depends on and the system has not; once. */
function download(name) {
  const folder = join(build, 'programs', name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const plan = output('apt-get', ['install', '--simulate', '--no-install-recommends', name]);
  const wanted = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, each]) => each);
  output('apt-get', ['download', '-o', 'APT::Sandbox::User=', ...wanted], { cwd: partial });
  output('mv', [partial, folder]);
  return folder;
}

function writeWrapper(bin, root, name) {
  const libraries = ['usr/lib', 'lib'].map((folder) =>
    join(root, folder, output('gcc', ['-dumpmachine']).trim()),
  );
  const program = join(root, programs[name].path);
  const script = `#!/bin/sh\nLD_LIBRARY_PATH=${libraries.join(':')} exec ${program} "$@"\n`;
  writeFileSync(join(bin, name), script, { mode: 0o755 });
}

/** Unpacks the package of these programs; one that cannot be had is left out. */
async function unpack(root, bin, packageName, names) {
  try {
    await step(`Unpack ${names.join(' and ')}, for the tests alone`, () => {
      const folder = download(packageName);
      for (const archive of readdirSync(folder)) output('dpkg-deb', ['-x', join(folder, archive), root]);
      for (const name of names) writeWrapper(bin, root, name);
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(`Not to be had here: ${error.message}`);
  }
}

/** Resolves with a folder for PATH, and how to remove it; an empty one where nothing is missing or can be had. */
export async function unpackPrograms() {
  const names = Object.keys(programs).filter((name) => !isInstalled(name));
  if (names.length === 0 || !which('apt-get')) return { bin: '', remove: () => {} };
  const root = mkdtempSync(join(tmpdir(), 'sockscope-programs-'));
  const bin = join(root, 'sockscope-bin');
  mkdirSync(bin);
  for (const packageName of new Set(names.map((name) => programs[name].package)))
    await unpack(
      root,
      bin,
      packageName,
      names.filter((name) => programs[name].package === packageName),
    );
  output('chmod', ['-R', 'a+rX', root]);
  return { bin, remove: () => rmSync(root, { recursive: true, force: true }) };
}
