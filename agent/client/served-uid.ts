/** The user whose agent the clients in this process connect to. */

import { rootPowers } from '../common/capabilities';
import { commandText } from '../common/command-text';
import { sudoUid } from '../common/sudo-uid';
import { mountedUid } from './mounted-agent';
import { programPath } from './program-path';

/**
 * For root, SUDO_UID if set; else, where it can start no agent, the user of the one that is mounted; else the own uid. sudo sets SUDO_UID
 * for those who become another user, too. Throws UsageError.
 */
export function servedUid(): number {
  if (ownUid() !== 0) return ownUid();
  return sudoUid() ?? (rootPowers().acts ? null : mountedUid()) ?? 0;
}

export function ownUid(): number {
  return process.getuid?.() ?? -1;
}

/** `rootOnly`: what only root may do. */
export function needsRoot(rootOnly: boolean): boolean {
  return rootOnly && ownUid() !== 0;
}

/** A command that only root may run, as this user types it: there may be no sudo. */
export function asRoot(command: string): string {
  if (ownUid() === 0) return command;
  return hasSudo() ? `sudo ${command}` : `su -c ${commandText([command])}`;
}

/** The same of `sockscope`, which serves the user whom sudo names. As root's own it stays, since sudo would name root. */
export function ownAsRoot(command: string): string {
  return asRoot(ownUid() === 0 || hasSudo() ? command : `SUDO_UID=${ownUid()} ${command}`);
}

export function hasSudo(): boolean {
  return programPath('sudo') !== undefined;
}
