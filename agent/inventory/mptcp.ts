/** An MPTCP connection is one row: the socket that its process holds, without the TCP socket that carries it. Pure. */

import { formatTuple, type Socket } from '../protocol';
import type { SeenSocket } from './known-socket';

/** Leaves out paths with the same ends as an MPTCP socket among these, which has their peer then. Further paths stay. */
export function withoutPaths(found: readonly SeenSocket[]): readonly SeenSocket[] {
  const wholes = new Set(found.filter(({ socket }) => isWhole(socket)).map(({ socket }) => endsOf(socket)));
  if (wholes.size === 0) return found;
  const paths = new Map(
    found.flatMap(({ socket, record }) => (record.mptcp ? [[endsOf(socket), socket] as const] : [])),
  );
  return found
    .filter(({ socket, record }) => !record.mptcp || !wholes.has(endsOf(socket)))
    .map((seen) => {
      const peer = isWhole(seen.socket) && paths.get(endsOf(seen.socket))?.peer;
      return peer ? { ...seen, socket: { ...seen.socket, peer }, row: null } : seen;
    });
}

function isWhole({ protocol, inode }: Socket): boolean {
  return protocol === 'mptcp' && inode !== '0';
}

/** A path has the inode of its MPTCP socket. */
function endsOf(socket: Socket): string {
  return `${socket.netns} ${socket.inode} ${formatTuple(socket)}`;
}
