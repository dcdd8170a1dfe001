/** Path of the agent's Unix socket, for the agent and its clients. */

import { existsSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOwnerHidden } from './user-namespace';

export const runFolder = '/run/sockscope';

/** Unix socket of the agent that serves one user; its folder and the one above belong to root. */
export function agentSocketPath(uid: number, base = runFolder): string {
  return join(base, String(uid), 'agent.sock');
}

/** Whether an agent of any user has its socket there; false where that cannot be read. */
export function isAnyAgentThere(base = runFolder): boolean {
  try {
    return readdirSync(base).some((uid) => existsSync(join(base, uid, 'agent.sock')));
  } catch {
    return false;
  }
}

/** Whether an agent could have its socket here, but whose these files are cannot be seen: it may as well be another program's. */
export function isAgentHidden(uid: number, base = runFolder): boolean {
  const path = agentSocketPath(uid, base);
  return [base, dirname(path), path].some(isFileHidden);
}

/** Whether root cannot make that folder, as /run is shown as nobody's. */
export function isRunHidden(): boolean {
  return isFileHidden(runFolder) || isFileHidden(dirname(runFolder));
}

function isFileHidden(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && isOwnerHidden(stats);
}

/** Only root can create files in it. */
export function isRootsFolder(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o022) === 0;
}
