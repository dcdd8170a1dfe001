/** Finds connections that a program does not close, and how fast they become more. */

import { inspectSocket, type Socket, targetOf } from '../../protocol';
import { askOfEach } from '../ask-of-each';
import { listAll } from '../list-all';
import type { Requester } from '../requester';
import { type Leak, leakingPids, leakOf, leaksOf } from './alike';

/** Of a leak with more sockets, the growth is not read. */
const maxAges = 200;
const minuteMs = 60_000;
/** Leaks that are reported of a list. */
const maxLeaks = 3;

/** The leak that a socket belongs to; null: none. */
export async function findLeak(requester: Requester, socket: Socket): Promise<Leak | null> {
  const [owner] = socket.owners;
  if (!owner || socket.state !== 'close-wait') return null;
  const { sockets } = await listAll(requester, `pid:${owner.pid} net:${socket.netns}`);
  const found = leakOf(socket, sockets);
  return found && { ...found.leak, lastMinute: await countLastMinute(requester, found.sockets) };
}

/** Sockets whose peer has closed in the last minute: the last acknowledgement came with that. Null: too many to ask. */
async function countLastMinute(requester: Requester, sockets: readonly Socket[]): Promise<number | null> {
  if (sockets.length > maxAges) return null;
  const details = await askOfEach(sockets, (socket) =>
    requester.request(inspectSocket, { target: targetOf(socket) }).catch(() => null),
  );
  return details.filter((detail) => detail?.tcp && detail.tcp.lastAckReceivedMs < minuteMs).length;
}

/** The larger leaks among listed sockets, the largest first. A list of connections alone does not say which are a server's. */
export async function findLeaks(requester: Requester, sockets: readonly Socket[]): Promise<readonly Leak[]> {
  const pids = leakingPids(sockets);
  if (pids.length === 0) return [];
  const { sockets: listeners } = await listAll(requester, `pid:${pids.join(',')} state:listen`);
  const leaks: Leak[] = [];
  for (const { leak, sockets: of } of leaksOf([...sockets, ...listeners]).slice(0, maxLeaks))
    leaks.push({ ...leak, lastMinute: await countLastMinute(requester, of) });
  return leaks;
}
