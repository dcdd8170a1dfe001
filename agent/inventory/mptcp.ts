/** An MPTCP connection is one row: the socket that its process holds, without the TCP socket that carries it. Pure. */

import type { Peer } from '../protocol';
import type { SeenSocket } from './known-socket';

/** The MPTCP sockets among some sockets, and their paths with the same ends. Further paths have rows of their own. */
export class MptcpSockets {
  readonly #paths = new Set<SeenSocket>();
  /** Ids of MPTCP sockets, by those of their paths. */
  readonly #wholes = new Map<string, string>();
  /** Peers of the paths, by ids of MPTCP sockets. */
  readonly #peers = new Map<string, Peer>();

  constructor(found: Iterable<SeenSocket>) {
    const ids = new Set<string>();
    const paths: SeenSocket[] = [];
    for (const seen of found) {
      if (seen.socket.protocol === 'mptcp') ids.add(seen.id);
      if (seen.whole !== null) paths.push(seen);
    }
    for (const path of paths) {
      if (path.whole === null || !ids.has(path.whole)) continue;
      this.#paths.add(path);
      this.#wholes.set(path.id, path.whole);
      if (path.socket.peer) this.#peers.set(path.whole, path.socket.peer);
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
    return peer ? { ...seen, socket: { ...seen.socket, peer } } : seen;
  }
}

/** Leaves out the paths of MPTCP sockets that are among these themselves, which have their peer then. */
export function withoutPaths(found: readonly SeenSocket[]): readonly SeenSocket[] {
  const mptcp = new MptcpSockets(found);
  if (!mptcp.hasPaths) return found;
  return found.filter((seen) => !mptcp.isPath(seen)).map((seen) => mptcp.withPeer(seen));
}
