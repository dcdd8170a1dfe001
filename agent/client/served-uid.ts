/** The user whose agent the clients in this process connect to. */

import { rootPowers } from '../common/capabilities';
import { sudoUid } from '../common/sudo-uid';
import { mountedUid } from './mounted-agent';

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

/** A command that only root may run, as this user types it. Root may have no sudo, which would set SUDO_UID anew as well. */
export function asRoot(command: string): string {
  return ownUid() === 0 ? command : `sudo ${command}`;
}
