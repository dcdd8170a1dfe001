/** Path of the agent's Unix socket, for the agent and its clients. */

import { existsSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

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

/** Only root can create files in it. */
export function isRootsFolder(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o022) === 0;
}
