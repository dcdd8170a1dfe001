/** Remembers for a moment which processes held a socket, so that it can be scanned again by reading them alone. */

import { uptime } from 'node:os';
import { type SocketId, sameTuple } from '../protocol';
import { ticksPerSecond } from '../system/process-stat';
import { newForSeconds } from '../system/processes';
import type { Inventory, SeenSocket } from './inventory';
import { sameOwners } from './owners';

/**
 * A socket gets a further owner by a fork of one that is known, or over a Unix socket: for so long it is taken that no session carrier
 * got it in this way. As long as the broker takes a request to act for a recent one.
 */
export const recentMs = 5000;

/** A process that is younger was new when a scan of recentMs ago has listed it. */
const youngSeconds = newForSeconds + recentMs / 1000;

export class RecentScans {
  readonly #scans = new Map<'whole' | 'selected', { readonly inventory: Inventory; readonly at: number }>();

  /** `at`: monotonic milliseconds when it began. */
  add(kind: 'whole' | 'selected', inventory: Inventory, at: number): void {
    this.#scans.set(kind, { inventory, at });
  }

  /** Keeps the rows alone. */
  pack(): void {
    for (const [kind, { inventory, at }] of this.#scans)
      this.#scans.set(kind, { inventory: inventory.packed(), at });
  }

  clear(): void {
    this.#scans.clear();
  }

  /** However old the scan is, if it is still there. */
  withCookie(cookie: string): SeenSocket | undefined {
    for (const { inventory } of this.#scans.values()) {
      const seen = inventory.withCookie(cookie);
      if (seen) return seen;
    }
    return undefined;
  }

  /** These sockets, in order; null where a recent scan does not have all of them. */
  find(ids: readonly SocketId[]): readonly SeenSocket[] | null {
    const since = performance.now() - recentMs;
    const recent = [...this.#scans.values()].filter(({ at }) => at >= since);
    const found = ids.flatMap((id) => firstWith(recent, id) ?? []);
    return found.length === ids.length ? found : null;
  }
}

function firstWith(
  scans: readonly { readonly inventory: Inventory }[],
  id: SocketId,
): SeenSocket | undefined {
  for (const { inventory } of scans) {
    const seen = inventory.get(id);
    if (seen) return seen;
  }
  return undefined;
}

/** Pids of all that hold these sockets or their peers; null where one has no owner, or more than are listed. */
export function processesOf(sockets: readonly SeenSocket[]): number[] | null {
  const pids = new Set<number>();
  for (const { socket } of sockets) {
    const peers = socket.peer ? [socket.peer.owners] : [];
    for (const owners of [socket.owners, ...peers]) {
      if (owners.length === 0 || socket.ownersLeftOut > 0) return null;
      for (const { pid } of owners) pids.add(pid);
    }
  }
  return [...pids];
}

/** Whether one of those that hold these sockets or their peers is young. */
export function haveYoungOwner(sockets: readonly SeenSocket[]): boolean {
  const grown = (uptime() - youngSeconds) * ticksPerSecond;
  return sockets.some(({ socket }) =>
    [...socket.owners, ...(socket.peer?.owners ?? [])].some(({ startTime }) => Number(startTime) > grown),
  );
}

/** Whether a scan has these sockets as before, with the same owners and peers. */
export function hasUnchanged(now: Inventory, before: readonly SeenSocket[]): boolean {
  return before.every(({ socket }) => {
    const seen = now.get(socket)?.socket;
    return (
      seen !== undefined &&
      sameTuple(seen, socket) &&
      sameOwners(seen.owners, socket.owners) &&
      seen.peer?.cookie === socket.peer?.cookie &&
      sameOwners(seen.peer?.owners ?? [], socket.peer?.owners ?? [])
    );
  });
}
