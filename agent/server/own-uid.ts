/**
 * A uid for the agent alone: the user who is served may signal, stop, limit and inspect whatever runs under his. Descriptors hold
 * its locks for as long as the agent lives.
 */

import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '../broker-link/native';
import { runFolder } from '../common/agent-socket';
import { dynamicIds, isInMap } from '../common/user-namespace';
import { chooseId, type Release } from '../system/dynamic-ids';
import { idsInUse } from '../system/ids-in-use';
import { ownFolder } from '../system/root-folder';

const ourLocks = join(runFolder, 'uids');
/** systemd, too, locks a file named by the uid with flock() (src/core/dynamic-user.c). */
const systemdLocks = '/run/systemd/dynamic-uid';
/** There if and only if systemd is the init system: sd_booted(3). */
const systemdRuns = '/run/systemd/system';

/** Call it as root. Rejects with StartRefused. */
export async function takeOwnUid(servedUid: number): Promise<number> {
  const folders = lockFolders();
  const maps = ['uid_map', 'gid_map'].map((name) => readFileSync(`/proc/self/${name}`, 'utf8'));
  return chooseId(servedUid, {
    isMapped: (id) => maps.every((map) => isInMap(map, id)),
    lock: (id) => lockIn(folders, id),
    inUse: () => idsInUse(dynamicIds),
  });
}

function lockFolders(): string[] {
  ownFolder(runFolder, 0o755);
  ownFolder(ourLocks, 0o700);
  if (!existsSync(systemdRuns)) return [ourLocks];
  ownFolder(systemdLocks, 0o755);
  return [ourLocks, systemdLocks];
}

/** In all of these folders, or in none. */
function lockIn(folders: readonly string[], id: number): Release | null {
  const held: number[] = [];
  const release = () => {
    for (const fd of held) closeSync(fd);
  };
  for (const folder of folders) {
    const fd = lockPath(join(folder, String(id)));
    if (fd === null) {
      release();
      return null;
    }
    held.push(fd);
  }
  return release;
}

/** The descriptor that holds the lock; null: another process has it. */
function lockPath(path: string): number | null {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  for (;;) {
    const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    const isLocked = lockFile(fd);
    // systemd removes the file of a uid that it finds taken: then the lock is one of nothing.
    if (isLocked && fstatSync(fd).nlink > 0) return fd;
    closeSync(fd);
    if (!isLocked) return null;
  }
}
