/** Removes the audit log. On some systems others than root can write /var/log, and put another folder in its place. */

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { isRootsFolder } from '../../common/agent-socket';
import { auditFolder, isPart } from '../audit-files';
import { CommandError, Exit } from '../exit';

/** How each line begins that a broker writes. */
const lineStart = '{"time":"';

/** Files of other names stay, and the folder then. Throws CommandError where it is not one that a broker has made. */
export function removeLogs(folder = auditFolder): void {
  const { O_DIRECTORY, O_NOFOLLOW } = constants;
  try {
    const opened = openSync(folder, O_DIRECTORY | O_NOFOLLOW);
    try {
      if (!isRootsFolder(fstatSync(opened))) throw new Error('others than root can change it');
      // Below the open folder, whatever is at its path by now.
      removeParts(`/proc/self/fd/${opened}`);
    } finally {
      closeSync(opened);
    }
    rmdirSync(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(Exit.failed, `The audit log in ${folder} could not be removed: ${why}`);
  }
}

function removeParts(folder: string): void {
  const parts = readdirSync(folder)
    .filter(isPart)
    .map((name) => join(folder, name));
  for (const path of parts) requireOurs(path);
  for (const path of parts) unlinkSync(path);
}

/** Logs of other programs have the same names. */
function requireOurs(path: string): void {
  const { O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_NOFOLLOW | O_NONBLOCK);
  try {
    const start = Buffer.alloc(lineStart.length);
    const length = readSync(file, start);
    if (length > 0 && start.toString() !== lineStart)
      throw new Error('it has files that are not of this log');
  } finally {
    closeSync(file);
  }
}
