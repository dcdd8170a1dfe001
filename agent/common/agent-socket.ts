/** Where the agent's Unix socket lies, for those who make it and those who connect to it. */

import type { Stats } from 'node:fs';
import { join } from 'node:path';

export const runFolder = '/run/sockscope';

/** The Unix socket of the agent that serves one user; its folder, and the one above, are root's. */
export function agentSocketPath(uid: number, base = runFolder): string {
  return join(base, String(uid), 'agent.sock');
}

export function isRootsFolder(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o022) === 0;
}
