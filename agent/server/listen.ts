/** The agent's files below /run: root-owned folders, a lock held by its file descriptor, one socket for one user. */

import { chmodSync, chownSync, constants, lstatSync, openSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { lockFile } from '../broker-link/native';
import { agentSocketPath } from '../common/agent-socket';
import { ownFolder, StartRefused } from '../system/root-folder';

/**
 * Listens for one user; call it while still root. Connections are paused until their peer is checked.
 * Throws StartRefused where another agent runs, or where something else stands at one of the paths.
 */
export async function listenFor(uid: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const path = agentSocketPath(uid);
  for (const folder of [dirname(dirname(path)), dirname(path)]) ownFolder(folder, 0o755);
  lockFolder(dirname(path), uid);
  removeStaleSocket(path);
  const server = createServer({ pauseOnConnect: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Until the owner is set, the mask allows only root to connect.
    const mask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(mask);
  });
  chownSync(path, uid, -1);
  chmodSync(path, 0o600);
  return server;
}

/** The lock lasts as long as this process. Its file stays and means nothing by itself. */
function lockFolder(folder: string, uid: number): void {
  const path = join(folder, 'lock');
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const lock = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  if (!lockFile(lock))
    throw new StartRefused(`An agent for uid ${uid} is already running: stop it with sockscope agent stop`);
}

/** With the lock held, an existing socket belongs to an agent that has ended. */
function removeStaleSocket(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isSocket())
    throw new StartRefused(`${path} is not a socket: remove it, then start the agent again`);
  unlinkSync(path);
}
