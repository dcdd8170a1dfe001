/**
 * Finds the agent's Unix socket and verifies that only root could have put it there: another program at that path could
 * otherwise pose as the agent.
 */

import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { agentSocketPath, isAgentHidden, isRootsFolder, runFolder } from '../common/agent-socket';

type AgentSocket =
  /** Or nobody can say whose it is (isAgentHidden). */
  | { readonly kind: 'absent' }
  /** Must not be connected to; the reason is a sentence for people, without what to do. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ready'; readonly path: string };

/** At once: the folders are in memory, and to load node:fs/promises takes longer. `base` is a parameter for tests only. */
export function findAgentSocket(uid: number, base = runFolder): AgentSocket {
  const path = agentSocketPath(uid, base);
  const folder = dirname(path);
  if (isAgentHidden(uid, base)) return { kind: 'absent' };
  try {
    const reason = folderProblem(base) ?? folderProblem(folder) ?? socketProblem(path, uid);
    return reason === null ? { kind: 'ready', path } : { kind: 'refused', reason };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'refused', reason: `${path} cannot be checked: ${code ?? error}` };
  }
}

/** Null: only root can put something in this folder. */
function folderProblem(path: string): string | null {
  const stats = lstatSync(path);
  if (isRootsFolder(stats)) return null;
  if (!stats.isDirectory()) return `${path} is not a folder`;
  if (stats.uid !== 0) return `${path} belongs to user ${stats.uid} and not to root`;
  return `${path} can be written by others than root`;
}

function socketProblem(path: string, uid: number): string | null {
  const stats = lstatSync(path);
  if (!stats.isSocket()) return `${path} is not a socket`;
  if (stats.uid !== uid) return `${path} belongs to user ${stats.uid} and not to ${uid}`;
  return null;
}

/** Null: there is no listener at that path (any more). */
export function connectTo(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
  });
}
