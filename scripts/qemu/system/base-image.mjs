/** The disk of a guest: Debian trixie with systemd and what the tests run. Made once, as root. */

import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { output, run } from '../../lib/run.mjs';
import { debianMirror, keyring, qemuFolder } from '../apt.mjs';

const suite = 'trixie';

const packages = [
  // a system with sessions of users, and AppArmor
  ...[
    'apparmor',
    'dbus',
    'dbus-user-session',
    'kmod',
    'libpam-systemd',
    'passwd',
    'polkitd',
    'sudo',
    'systemd',
    'systemd-sysv',
    'udev',
  ],
  // process managers and containers, whose ports are freed
  ...['docker-cli', 'docker.io', 'runit', 'supervisor'],
  // what Node and the tests need
  ...['bpftool', 'busybox-static', 'iproute2', 'iptables', 'libstdc++6', 'procps', 'python3', 'strace'],
];

/** Resolves with the file of the disk. */
export async function createBaseImage() {
  const hash = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const file = join(qemuFolder, `${suite}-${hash}.ext4`);
  if (existsSync(file)) return file;
  const folder = join(qemuFolder, `${suite}-root`);
  rmSync(folder, { recursive: true, force: true });
  const options = ['--variant=minbase', `--keyring=${keyring}`, `--include=${packages.join()}`];
  await run('debootstrap', [...options, suite, folder, debianMirror()]);
  const partial = `${file}.part`;
  output('mkfs.ext4', ['-q', '-d', folder, partial, '3G']);
  renameSync(partial, file);
  rmSync(folder, { recursive: true });
  return file;
}
