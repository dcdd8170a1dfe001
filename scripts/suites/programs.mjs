/**
 * Real servers as victims, unpacked beside the system instead of installed: their packages would start services, now or
 * at the next boot. In a folder that every user can read, because the tests run them as a plain user.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../lib/paths.mjs';
import { Failure, output, step, which } from '../lib/run.mjs';

/** The folder of Debian's PostgreSQL programs that are not on PATH. */
const postgresFolder = 'usr/lib/postgresql';

/**
 * By program: its package and its path in there; or Python with a module of that package; or what runs a command with a library
 * of that package.
 */
const programs = {
  'python-with-redis': { package: 'python3-redis', module: 'redis' },
  'python-with-pytest': { package: 'python3-pytest', module: 'pytest' },
  nginx: { package: 'nginx', path: 'usr/sbin/nginx' },
  'redis-server': { package: 'redis-server', path: 'usr/bin/redis-server' },
  initdb: { package: 'postgresql-15', path: `${postgresFolder}/15/bin/initdb` },
  runsv: { package: 'runit', path: 'usr/bin/runsv' },
  sv: { package: 'runit', path: 'usr/bin/sv' },
  sshd: { package: 'openssh-server', path: 'usr/sbin/sshd' },
  ssh: { package: 'openssh-client', path: 'usr/bin/ssh' },
  'ssh-keygen': { package: 'openssh-client', path: 'usr/bin/ssh-keygen' },
  postgres: { package: 'postgresql-15', path: `${postgresFolder}/15/bin/postgres` },
  /** Reads captures. */
  tshark: { package: 'tshark', path: 'usr/bin/tshark' },
  libfaketime: { package: 'libfaketime', preload: 'faketime/libfaketime.so.1' },
};

const servers = Object.keys(programs).filter((name) => !programs[name].preload);

/** Debian's Python, the only one that finds modules of Debian packages. */
const python = '/usr/bin/python3';

function isInstalled(name) {
  const { module } = programs[name];
  if (module) return spawnSync(python, ['-c', `import ${module}`]).status === 0;
  const versions = existsSync(`/${postgresFolder}`) ? readdirSync(`/${postgresFolder}`) : [];
  return which(name) || versions.some((version) => existsSync(`/${postgresFolder}/${version}/bin/${name}`));
}

/** Downloads a package once, with the dependencies that the system lacks. */
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
  const { path, module, preload } = programs[name];
  const script = module
    ? pythonWrapper(root)
    : preload
      ? preloadWrapper(root, preload)
      : programWrapper(root, path);
  writeFileSync(join(bin, name), `#!/bin/sh\n${script} "$@"\n`, { mode: 0o755 });
}

function pythonWrapper(root) {
  const folder = join(root, 'usr', 'lib', 'python3', 'dist-packages');
  return `PYTHONPATH=${folder}:$PYTHONPATH exec ${python}`;
}

function librariesIn(root) {
  return ['usr/lib', 'lib'].map((folder) => join(root, folder, output('gcc', ['-dumpmachine']).trim()));
}

function preloadWrapper(root, library) {
  return `LD_PRELOAD=${join(librariesIn(root)[0], library)} exec`;
}

function programWrapper(root, path) {
  const libraries = librariesIn(root);
  return `LD_LIBRARY_PATH=${libraries.join(':')} exec ${join(root, path)}`;
}

/** Unpacks the package of these programs; one that cannot be downloaded is left out. */
async function unpack(root, bin, packageName, names) {
  try {
    await step(`Unpack ${names.join(' and ')}, for the tests only`, () => {
      const folder = download(packageName);
      for (const archive of readdirSync(folder)) output('dpkg-deb', ['-x', join(folder, archive), root]);
      for (const name of names) writeWrapper(bin, root, name);
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(`Not available: ${error.message}`);
  }
}

/** Resolves with a folder for PATH and a function that removes it; `bin` is empty if nothing is missing, or without apt. */
export async function unpackPrograms(wanted = servers) {
  const names = wanted.filter((name) => !isInstalled(name));
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
