/** The user whose agent the clients in this process connect to. */

import { sudoUid } from '../common/sudo-uid';

/** For root, SUDO_UID if set; else the own uid. sudo sets it for those who become another user, too. Throws UsageError. */
export function servedUid(): number {
  return (ownUid() === 0 ? sudoUid() : null) ?? ownUid();
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
