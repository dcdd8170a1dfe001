/** Finds and installs missing Debian packages. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { exitCodeOf, Failure, run, step, which } from './run.mjs';

/** Those of these packages that are not installed. */
function missing(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own format
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names];
  const { stdout } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** `command` as root: itself, or through sudo. */
export function asRoot(command, args) {
  return process.getuid() === 0 ? [command, args] : ['sudo', ['--', command, ...args]];
}

export const canBeRoot = () => process.getuid() === 0 || which('sudo') !== undefined;

async function apt(...args) {
  const quiet = ['-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300'];
  // SYSTEMD_OFFLINE makes systemctl leave the running system alone, so no package starts a service.
  const environment = ['DEBIAN_FRONTEND=noninteractive', 'SYSTEMD_OFFLINE=1', 'LC_ALL=C'];
  const [command, rest] = asRoot('env', [...environment, 'apt-get', ...quiet, ...args]);
  const code = await exitCodeOf(command, rest);
  if (code !== 0)
    throw new Failure(`apt-get ${args.join(' ')} failed (exit code ${code}); what it said is above.`);
}

const systemd = '/etc/systemd/system';

/** The units that systemd starts at boot, as links: `sockets.target.wants/podman.socket`. */
function startedAtBoot() {
  if (!existsSync(systemd)) return [];
  return readdirSync(systemd, { recursive: true }).filter((path) => /\.wants\//.test(path));
}

/** Installs packages, and disables the units that they add for the next boot. */
async function withoutServices(install) {
  const before = startedAtBoot();
  await install();
  const added = startedAtBoot().filter((path) => !before.includes(path));
  const units = [...new Set(added.map((path) => basename(path)))];
  if (units.length === 0 || !which('systemctl')) return;
  const [command, rest] = asRoot('env', ['SYSTEMD_OFFLINE=1', 'systemctl', '--quiet', 'disable', ...units]);
  await step(`systemctl disable ${units.join(' ')}`, () => run(command, rest));
}

/** Installs those of these packages that are missing, after printing their names. */
export async function ensurePackages(names) {
  const wanted = [...new Set(names)].sort();
  if (!which('dpkg-query') || !which('apt-get')) {
    console.log(
      `This system has no apt. What the Debian packages ${wanted.join(' ')} hold must be there already.`,
    );
    return;
  }
  const absent = missing(wanted);
  if (absent.length === 0) return;
  const command = `apt-get install --no-install-recommends ${absent.join(' ')}`;
  if (!canBeRoot()) {
    throw new Failure(`These Debian packages are missing: ${absent.join(' ')}\nAs root, run: ${command}`);
  }
  console.log(`Missing Debian packages, to be installed without starting any service: ${absent.join(' ')}`);
  if (process.getuid() !== 0) console.log(`If sudo refuses you, have root run: ${command}`);
  await step('apt-get update', () => apt('update'));
  await withoutServices(() =>
    step(command, () => apt('install', '-y', '--no-install-recommends', ...absent)),
  );
}
