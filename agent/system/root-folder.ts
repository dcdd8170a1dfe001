/** Folders that only root can change. */

import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { isRootsFolder } from '../common/agent-socket';
import { StartExit } from '../common/start-exit';

/** The agent cannot start; the message goes to the terminal. */
export class StartRefused extends Error {
  constructor(
    message: string,
    readonly exitCode: StartExit = StartExit.refused,
  ) {
    super(message);
  }
}

/**
 * Makes the folder, or checks that only root can change it, and sets exactly this mode, whatever the umask. Throws
 * StartRefused.
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
