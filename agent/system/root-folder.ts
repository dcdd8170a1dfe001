/** Folders that only root can change. */

import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { isRootsFolder } from '../common/agent-socket';

/** Ends the start with a sentence for the person at the terminal. */
export class StartRefused extends Error {}

/**
 * Makes the folder, or makes sure that the one there is root's alone. Others may pass through it where `mode` says so,
 * whatever the umask of whoever started us. Throws StartRefused.
 */
export function ownFolder(path: string, mode: number): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) mkdirSync(path, { mode, recursive: true });
  const stats = lstatSync(path);
  if (!isRootsFolder(stats))
    throw new StartRefused(
      `${path} is not a folder that only root can change: remove it, then start the agent again`,
    );
  if ((stats.mode & 0o777) !== mode) chmodSync(path, mode);
}
