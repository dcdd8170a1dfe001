/** Units of systemd, with which a user's programs reach an agent without a password. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from '../../common/agent-socket';
import { installFolder, launcher } from '../../common/installed-files';
import { CommandError, Exit } from '../exit';

const folder = '/etc/systemd/system';
/** There if and only if systemd is the init system: sd_booted(3). */
const systemdRuns = '/run/systemd/system';

/** The uid is the name of the instance. */
const socketUnit = `[Unit]
Description=Agent of Sockscope for uid %i, started by its first client
Documentation=man:systemd.socket(5)

[Socket]
ListenStream=${runFolder}/%i/agent.sock
DirectoryMode=0755
SocketUser=%i
SocketGroup=root
SocketMode=0600
RemoveOnStop=yes

[Install]
WantedBy=sockets.target
`;

/**
 * What the broker keeps (native/src/shared/privileges.cc), what it loads and attaches with, and what the agent needs to take an id of its
 * own. systemd has made the socket already.
 */
export const unitCapabilities = [
  'CAP_KILL',
  'CAP_NET_ADMIN',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_ADMIN',
  'CAP_SYS_PTRACE',
  'CAP_DAC_READ_SEARCH',
  'CAP_BPF',
  'CAP_PERFMON',
  'CAP_SYS_RESOURCE',
  'CAP_SETUID',
  'CAP_SETGID',
  'CAP_SETPCAP',
] as const;

/**
 * No option here gives the service mounts of its own (ProtectSystem=, PrivateTmp= and their like): the broker takes programs of other
 * users for carriers of sessions only where their file lies in its own mounts. Agent and broker drop the rest themselves.
 */
const serviceUnit = `[Unit]
Description=Agent of Sockscope for uid %i
CollectMode=inactive-or-failed
# It ends when nobody needs it, and its user's clients may come often.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${join(installFolder, launcher)} agent serve
# As sudo names whom it acts for.
Environment=SUDO_UID=%i
StandardInput=null
WorkingDirectory=/
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
CapabilityBoundingSet=${unitCapabilities.join(' ')}
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6
IPAddressDeny=any
RestrictNamespaces=net
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
KeyringMode=private
DevicePolicy=closed
`;

const units = new Map([
  ['sockscope@.socket', socketUnit],
  ['sockscope@.service', serviceUnit],
]);

/** Throws CommandError. */
export function enableUnit(uid: number): void {
  if (!existsSync(folder))
    throw new CommandError(Exit.failed, '--unit needs systemd, which is not installed here');
  writeUnits();
  systemctl('enable', ...now(), socketOf(uid));
}

/** As of an image, the units of a system that systemd has not booted are only linked. */
export function systemdHasBooted(): boolean {
  return existsSync(systemdRuns);
}

/** The command that takes enableUnit back. */
export function disableCommand(uid: number): string {
  return ['systemctl', 'disable', ...now(), socketOf(uid)].join(' ');
}

function now(): string[] {
  return systemdHasBooted() ? ['--now'] : [];
}

/** After an update, those that are there. */
export function updateUnits(): void {
  if (areThere()) writeUnits();
}

/** The uids whose agents are started by their first client. */
function enabledUids(): number[] {
  const wants = join(folder, 'sockets.target.wants');
  const names = existsSync(wants) ? readdirSync(wants) : [];
  return names.flatMap((name) => {
    const [, uid] = /^sockscope@(\d+)\.socket$/.exec(name) ?? [];
    return uid === undefined ? [] : [Number(uid)];
  });
}

/** Whether systemd listens for clients of this agent now. */
export function isActive(uid: number): boolean {
  if (!systemdHasBooted() || !areThere()) return false;
  return spawnSync('systemctl', ['--quiet', 'is-active', socketOf(uid)], { stdio: 'ignore' }).status === 0;
}

/** Ends their agents, too. False: there were none. */
export function removeUnits(): boolean {
  if (!areThere()) return false;
  for (const uid of enabledUids()) systemctl('disable', socketOf(uid));
  if (systemdHasBooted()) systemctl('stop', 'sockscope@*.socket', 'sockscope@*.service');
  for (const name of units.keys()) rmSync(join(folder, name), { force: true });
  reload();
  return true;
}

function socketOf(uid: number): string {
  return `sockscope@${uid}.socket`;
}

function areThere(): boolean {
  return [...units.keys()].some((name) => existsSync(join(folder, name)));
}

function writeUnits(): void {
  for (const [name, text] of units) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o644);
  }
  reload();
}

function reload(): void {
  if (systemdHasBooted()) systemctl('daemon-reload');
}

function systemctl(...words: string[]): void {
  const { error, status, stderr } = spawnSync('systemctl', ['--quiet', ...words], { encoding: 'utf8' });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n')[0];
  throw new CommandError(Exit.failed, `systemctl ${words.join(' ')} failed: ${why}`);
}
