/** Finds session carriers: processes that an editor, remote-login or agent session depends on. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { startTimeOf } from './process-stat';
import { commandOf, type NamedOwner, programName, readText } from './processes';

/**
 * Kernel names (comm) of session carriers. A user's own service manager is like pid 1: it holds the sockets of its socket
 * units, and the whole session would end with it.
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

/** Arguments of the processes of a VS Code server. */
const editorArguments = /(^|\/)out\/(server-main|bootstrap-fork)(\.js)?$|^--type=(extensionHost|ptyHost)$/;

/** A desktop VS Code runs its extension hosts and port forwarding as utility processes of Electron. */
const desktopEditors = /^(code|code-insiders|code-oss|codium|cursor|windsurf)$/;
const utilityProcess = '--utility-sub-type=node.mojom.NodeService';

/** Names of those processes. Where arguments cannot be read (hidepid), the name alone decides. */
const editorNames = new Set(['MainThread', 'node', 'code', 'code-server', 'electron']);

/** `ownPids`: agent and broker. `holders`: owners of sockets, whose names the kernel lists even where /proc hides them (hidepid). */
export function sessionCarriers(ownPids: readonly number[], holders: readonly NamedOwner[]): number[] {
  const seen = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && isCarrierPid(pid, ownPids));
  const hidden = holders.filter((holder) => isSessionCarrier(holder, ownPids)).map(({ pid }) => pid);
  return [...new Set([...ownPids, ...seen, ...hidden])];
}

function isCarrierPid(pid: number, ownPids: readonly number[]): boolean {
  const command = commandOf(pid);
  const name = programName(readText(pid, 'comm').trimEnd(), command);
  return isSessionCarrier({ pid, startTime: startTimeOf(pid), fd: -1, uid: 0, name, command }, ownPids);
}

/** By its name or arguments, as pid 1, or as one of `ownPids` (agent, broker). */
export function isSessionCarrier(owner: NamedOwner, ownPids: readonly number[]): boolean {
  if (owner.pid === 1 || ownPids.includes(owner.pid) || carrierNames.has(owner.name)) return true;
  if (owner.command === '') return editorNames.has(owner.name);
  const [program, ...words] = owner.command.split(' ');
  const base = basename(program ?? '');
  if (desktopEditors.test(base) && words.includes(utilityProcess)) return true;
  return words.some((word) => editorArguments.test(word)) || base === 'code-tunnel';
}
