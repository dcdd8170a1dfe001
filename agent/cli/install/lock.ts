/** One install or uninstall at a time: each takes away what another one has left unfinished. */

import { spawnSync } from 'node:child_process';
import { chmodSync, constants, lstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isRootsFolder, runFolder } from '../../common/agent-socket';
import { CommandError, Exit } from '../exit';

/** As the child that locks it has it open. */
const lockFd = 3;
/** Of flock(1). */
const isLocked = 1;

/**
 * Lasts as long as this process. Only root can open the file, and so lock it; the lock is that of the open file, which flock(1) shares
 * with this process. Throws CommandError.
 */
export function lockInstall(): void {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  requireRunFolder();
  const file = openSync(join(runFolder, 'install.lock'), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  const stdio = ['ignore', 'ignore', 'inherit', file] as const;
  const { status, error } = spawnSync('flock', ['-n', String(lockFd)], { stdio: [...stdio] });
  if (status === 0) return;
  const reason =
    status === isLocked
      ? 'Another install or uninstall of Sockscope runs: try again when it has ended'
      : `That no other install runs cannot be made sure by flock(1): ${error?.message ?? `it ended with ${status}`}`;
  throw new CommandError(Exit.failed, reason);
}

function requireRunFolder(): void {
  if (!lstatSync(runFolder, { throwIfNoEntry: false })) {
    mkdirSync(runFolder);
    chmodSync(runFolder, 0o755); // whatever the umask is
  }
  if (!isRootsFolder(lstatSync(runFolder)))
    throw new CommandError(
      Exit.failed,
      `${runFolder} is not a folder that only root can change: remove it, then try again`,
    );
}
