/** The agent's files below /run: root-owned folders, a lock held by its file descriptor, one socket for one user. */

import { once } from 'node:events';
import { chmodSync, chownSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { isBound, lockFile } from '../broker-link/native';
import { agentSocketPath } from '../common/agent-socket';
import { ownFolder, StartRefused } from '../system/root-folder';
import { unixListeners } from '../system/unix-listeners';
import { handedSocket } from './activation';

/**
 * Listens for one user; call it while still root. Connections are paused until their peer is checked.
 * Throws StartRefused where another agent runs, or where something else stands at one of the paths.
 */
export async function listenFor(uid: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const path = agentSocketPath(uid);
  for (const folder of [dirname(dirname(path)), dirname(path)]) ownFolder(folder, 0o755);
  lockFolder(dirname(path), uid);
  const server = createServer({ pauseOnConnect: true }, onConnection);
  const handed = handedSocket();
  if (handed === null) await listenAt(path, uid, server);
  else await listenOn(handed, path, uid, server);
  return server;
}

async function listenAt(path: string, uid: number, server: Server): Promise<void> {
  removeStaleSocket(path, uid);
  // Until the owner is set, the mask allows only root to connect.
  const mask = process.umask(0o177);
  const listening = once(server, 'listening');
  server.listen(path);
  process.umask(mask);
  await listening;
  chownSync(path, uid, -1);
  chmodSync(path, 0o600);
}

/** A unit is a file that somebody may have changed. The socket stays systemd's: an agent that ends leaves it as it is. */
async function listenOn(fd: number, path: string, uid: number, server: Server): Promise<void> {
  const { ino } = fstatSync(fd);
  // Anybody can add lines there, but hide none.
  if (!unixListeners().some((listener) => listener.inode === ino && listener.path === path))
    throw new StartRefused(`What systemd hands over does not listen at ${path}: install Sockscope again`);
  const stats = lstatSync(path);
  if (!stats.isSocket() || stats.uid !== uid || (stats.mode & 0o777) !== 0o600)
    throw new StartRefused(`${path}, where systemd listens, is not for uid ${uid} alone`);
  const listening = once(server, 'listening');
  server.listen({ fd });
  await listening;
}

/** The lock lasts as long as this process. Its file stays and means nothing by itself. */
function lockFolder(folder: string, uid: number): void {
  const path = join(folder, 'lock');
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const lock = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  if (!lockFile(lock))
    throw new StartRefused(
      `An agent for uid ${uid} is already running: stop it with sockscope agent stop, or Stop Agent in the editor`,
    );
}

/** With the lock held, an existing socket belongs to an agent that has ended, or to systemd. */
function removeStaleSocket(path: string, uid: number): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isSocket())
    throw new StartRefused(`${path} is not a socket: remove it, then start the agent again`);
  // By its file: in a mount namespace of his own, anybody listens at this path.
  if (isBound(path))
    throw new StartRefused(
      `systemd starts the agent for uid ${uid} with its first client, without a password. To start one here: sudo systemctl stop sockscope@${uid}.socket`,
    );
  unlinkSync(path);
}
