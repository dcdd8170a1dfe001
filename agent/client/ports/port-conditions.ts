/** What one may wait for: a server that listens, or a port that is free. */

import { bindPort, type Filter, isFree, isFreeForReuse, type Socket } from '../../protocol';
import { listAll } from '../list-all';
import type { Requester } from '../requester';
import { isAtPlace, type Place, portFilter } from './port-watch';

/** The first server on the port: a TCP socket that listens, or a UDP socket without a peer. Null: none. */
export async function findServer(requester: Requester, place: Place): Promise<Socket | null> {
  const { sockets } = await listAll(requester, portFilter(place));
  return sockets.find((socket) => isAtPlace(socket, place) && serves(socket, place)) ?? null;
}

function serves({ state, remote }: Socket, { protocol }: Place): boolean {
  return protocol === 'udp' ? remote === null : state === 'listen';
}

/** The first TCP socket that matches and listens. */
export async function findListener(requester: Requester, filter: string): Promise<Socket | null> {
  const { sockets } = await listAll(requester, filter);
  return sockets.find(({ state }) => state === 'listen') ?? null;
}

export function excludesListeners(filter: Filter): boolean {
  return filter.some((term) => term.key === 'state' && term.negated === term.values.includes('listen'));
}

/**
 * Proved by binds, which are tried only where nothing is seen to be bound: a trial could make the bind of a server fail. Null: busy.
 * `needsReuseaddr`: as of a report of `free`.
 */
export async function proveFree(
  requester: Requester,
  place: Place,
): Promise<{ readonly needsReuseaddr: boolean } | null> {
  const { sockets } = await listAll(requester, portFilter(place));
  if (sockets.some((socket) => socket.remote === null && isAtPlace(socket, place))) return null;
  const { binds } = await requester.request(bindPort, place);
  if (isFree(binds)) return { needsReuseaddr: false };
  return isFreeForReuse(binds) ? { needsReuseaddr: true } : null;
}
