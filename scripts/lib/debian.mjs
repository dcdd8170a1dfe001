/** Debian packages: which are missing, and how to get them. */

import { spawnSync } from 'node:child_process';
import { exitCodeOf, Failure, step, which } from './run.mjs';

/** Which of these packages are not installed. */
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

/** Installs what is missing of these packages, after naming it. */
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
  await step('apt-get update', () => apt('update'));
  await step(command, () => apt('install', '-y', '--no-install-recommends', ...absent));
}
