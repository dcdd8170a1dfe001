/** Finds session carriers: processes that an editor, remote-login or agent session depends on. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { readText } from './proc-files';
import { startTimeOf } from './process-stat';
import { commandOf, type NamedOwner, programName, singleUidOf } from './processes';
import { isUidOf } from './users';

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

/** Whose processes may count as session carriers: anybody can call a program `sshd`. */
export interface CarrierRules {
  /** Agent and broker. */
  readonly ownPids: readonly number[];
  /** Besides root's, this user's; null: every user's, where every user's sockets are in scope. */
  readonly served: number | null;
}

/** `holders`: owners of sockets, whose names the kernel lists even where /proc hides them (hidepid). */
export function sessionCarriers(rules: CarrierRules, holders: readonly NamedOwner[]): number[] {
  const seen = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0 && isCarrierPid(pid, rules));
  const hidden = holders.filter((holder) => isSessionCarrier(holder, rules)).map(({ pid }) => pid);
  return [...new Set([...rules.ownPids, ...seen, ...hidden])];
}

function isCarrierPid(pid: number, rules: CarrierRules): boolean {
  const command = commandOf(pid);
  const name = programName(readText(pid, 'comm').trimEnd(), command);
  const uid = singleUidOf(pid);
  return isSessionCarrier({ pid, startTime: startTimeOf(pid), fd: -1, uid, name, command }, rules);
}

/** By its name or arguments, as pid 1, agent or broker. */
export function isSessionCarrier(owner: NamedOwner, { ownPids, served }: CarrierRules): boolean {
  if (owner.pid === 1 || ownPids.includes(owner.pid)) return true;
  if (served !== null && owner.uid !== 0 && !isUidOf(owner.uid, served)) return false;
  if (carrierNames.has(owner.name)) return true;
  if (owner.command === '') return editorNames.has(owner.name);
  const [program, ...words] = owner.command.split(' ');
  const base = basename(program ?? '');
  if (desktopEditors.test(base) && words.includes(utilityProcess)) return true;
  return words.some((word) => editorArguments.test(word)) || base === 'code-tunnel';
}
