/**
 * Lifeline: sockets that carry an editor, remote-login or agent session. Computed here and never by a client, so that no
 * client can talk the agent out of it. A process that disguises itself as a carrier only protects itself.
 */

import { basename } from 'node:path';
import { kernelState } from '../broker-link/kernel-states';
import type { SocketRecord } from '../broker-link/records';
import type { NamedOwner } from '../system/processes';
import type { KnownSocket } from './known-sockets';
import type { Peers } from './peers';

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

/**
 * Ids of lifeline sockets: those of the carriers, and the peers of all these. When every owner can be seen, a socket with a file
 * but no owner is somebody's outside our sight (a process of an outer pid namespace, or the kernel): doubt means no, so it
 * counts as well.
 */
export function lifelineIds(
  sockets: readonly KnownSocket[],
  peers: Peers,
  seesEveryOwner: boolean,
): Set<string> {
  const ids = new Set<string>();
  for (const { id, record, owners, carried } of sockets) {
    if (!carried && !(seesEveryOwner && isOutOfSight(record, owners))) continue;
    ids.add(id);
    const peer = peers.get(id);
    if (peer) ids.add(peer.id);
  }
  return ids;
}

/** Has a file, yet nobody in sight holds it. */
export function isOutOfSight(record: SocketRecord, owners: readonly unknown[]): boolean {
  return owners.length === 0 && record.inode !== '0' && record.kernelState !== kernelState.timeWait;
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
