/** Processes that carry sessions, with or without a socket of their own now. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { startTimeOf } from './process-stat';
import { commandOf, type NamedOwner, programName, readText } from './processes';

/**
 * Kernel names (comm) of programs that carry sessions. A user's own service manager is like pid 1: it holds the sockets of
 * its socket units, and with it the whole session would end.
 */
const carrierNames = new Set([
  'systemd',
  'sshd',
  'sshd-session',
  'sshd-auth',
  'dropbear',
  'mosh-server',
  'etserver',
  'code-tunnel',
  'tailscaled',
  'cloudflared',
  'zerotier-one',
  'openvpn',
  'teleport',
  'xrdp',
  'sesman',
]);

/** What the processes of a VS Code server have among their arguments. */
const editorArguments = /(^|\/)out\/(server-main|bootstrap-fork)(\.js)?$|^--type=(extensionHost|ptyHost)$/;

/** A desktop VS Code runs its extension hosts, and what forwards ports, as utility processes of Electron. */
const desktopEditors = /^(code|code-insiders|code-oss|codium|cursor|windsurf)$/;
const utilityProcess = '--utility-sub-type=node.mojom.NodeService';

/** How those processes are called where their arguments cannot be read (hidepid): doubt means yes. */
const editorNames = new Set(['MainThread', 'node', 'code', 'code-server', 'electron']);

/** `own`: agent and broker. `holders`: of sockets, whose names the kernel tells where /proc hides them (hidepid). */
export function carrierPids(own: readonly number[], holders: readonly NamedOwner[]): number[] {
  const seen = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && isCarrierPid(pid, own));
  const hidden = holders.filter((holder) => isCarrier(holder, own)).map(({ pid }) => pid);
  return [...new Set([...own, ...seen, ...hidden])];
}

function isCarrierPid(pid: number, own: readonly number[]): boolean {
  const command = commandOf(pid);
  const name = programName(readText(pid, 'comm').trimEnd(), command);
  return isCarrier({ pid, startTime: startTimeOf(pid), fd: -1, uid: 0, name, command }, own);
}

/** Carries sessions: by its name or arguments, as pid 1, or as one of `carrierPids` (agent, broker). */
export function isCarrier(owner: NamedOwner, carrierPids: readonly number[]): boolean {
  if (owner.pid === 1 || carrierPids.includes(owner.pid) || carrierNames.has(owner.name)) return true;
  if (owner.command === '') return editorNames.has(owner.name);
  const [program, ...words] = owner.command.split(' ');
  const base = basename(program ?? '');
  if (desktopEditors.test(base) && words.includes(utilityProcess)) return true;
  return words.some((word) => editorArguments.test(word)) || base === 'code-tunnel';
}
