/** An MPTCP connection is one row: the socket that its process holds, without the TCP socket that carries it. Pure. */

import { formatTuple, type Peer, type Socket } from '../protocol';
import type { SeenSocket } from './known-socket';

/** The MPTCP sockets among some sockets, and their paths with the same ends. Further paths have rows of their own. */
export class MptcpSockets {
  readonly #paths = new Set<SeenSocket>();
  /** Ids of MPTCP sockets, by those of their paths. */
  readonly #wholes = new Map<string, string>();
  /** Peers of the paths, by ids of MPTCP sockets. */
  readonly #peers = new Map<string, Peer>();

  constructor(found: Iterable<SeenSocket>) {
    const wholes = new Map<string, string>();
    const paths: SeenSocket[] = [];
    for (const seen of found) {
      if (isWhole(seen.socket)) wholes.set(endsOf(seen.socket), seen.id);
      if (seen.record.mptcp) paths.push(seen);
    }
    for (const path of paths) {
      const whole = wholes.get(endsOf(path.socket));
      if (whole === undefined) continue;
      this.#paths.add(path);
      this.#wholes.set(path.id, whole);
      if (path.socket.peer) this.#peers.set(whole, path.socket.peer);
    }
  }

  get hasPaths(): boolean {
    return this.#paths.size > 0;
  }

  /** Whether the row of an MPTCP socket stands for it. */
  isPath(seen: SeenSocket): boolean {
    return this.#paths.has(seen);
  }

  /** By and as ids: the MPTCP socket whose row stands for a path; undefined: none does. */
  wholeOf(path: string): string | undefined {
    return this.#wholes.get(path);
  }

  /** An MPTCP socket with the peer of its path; others as they are. */
  withPeer(seen: SeenSocket): SeenSocket {
    const peer = this.#peers.get(seen.id);
    return peer ? { ...seen, socket: { ...seen.socket, peer }, row: null } : seen;
  }
}

/** Leaves out the paths of MPTCP sockets that are among these themselves, which have their peer then. */
export function withoutPaths(found: readonly SeenSocket[]): readonly SeenSocket[] {
  const mptcp = new MptcpSockets(found);
  if (!mptcp.hasPaths) return found;
  return found.filter((seen) => !mptcp.isPath(seen)).map((seen) => mptcp.withPeer(seen));
}

function isWhole({ protocol, inode }: Socket): boolean {
  return protocol === 'mptcp' && inode !== '0';
}

/** A path has the inode of its MPTCP socket. */
function endsOf(socket: Socket): string {
  return `${socket.netns} ${socket.inode} ${formatTuple(socket)}`;
}
