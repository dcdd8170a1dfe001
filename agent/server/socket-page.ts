/** Packs the sockets of one answer, up to its limits. */

import { sizeOf } from '../inventory/json-size';
import type { SeenSocket } from '../inventory/known-socket';
import {
  type Container,
  limits,
  type Owner,
  type PackedProcess,
  type PackedSockets,
  packSocket,
} from '../protocol';
import { rawItems } from './raw-json';

/** The page of sockets from `start`: at least one of them. `named`: with the names that its client sent. */
export function packPage(
  sockets: readonly SeenSocket[],
  start: number,
  named: (container: Container) => Container,
): { readonly packed: PackedSockets; readonly end: number } {
  const page = new SocketPage();
  const last = Math.min(sockets.length, start + limits.listPage);
  let end = start;
  for (; end < last && page.bytes < limits.answer; end++) page.add(sockets[end] as SeenSocket);
  return { packed: page.packed(named), end };
}

class SocketPage {
  /** About so many, as JSON. */
  bytes = 0;
  readonly #rows: string[] = [];
  /** By pid, the first that was met. */
  readonly #processes = new Map<number, Owner>();
  readonly #containers = new Map<string, { readonly container: Container; readonly rows: number[] }>();
  readonly #isKnown = (owner: Owner) => this.#knows(owner);

  add(seen: SeenSocket): void {
    const { socket } = seen;
    if (socket.container) this.#addContainer(socket.container);
    const row = this.#knowsAll(seen) ? sharedRow(seen) : JSON.stringify(packSocket(socket, this.#isKnown));
    this.#rows.push(row);
    this.bytes += row.length;
  }

  packed(named: (container: Container) => Container): PackedSockets {
    const processes: Record<string, PackedProcess> = {};
    for (const [pid, { startTime, name, command }] of this.#processes)
      processes[pid] = [startTime, name, command];
    return {
      processes,
      containers: [...this.#containers.values()].map(({ container, rows }) => ({
        ...named(container),
        rows,
      })),
      rows: rawItems(this.#rows),
    };
  }

  #knowsAll({ socket: { owners, queuedFor, peer } }: SeenSocket): boolean {
    return (
      owners.every(this.#isKnown) &&
      queuedFor.every(this.#isKnown) &&
      (peer === null || peer.owners.every(this.#isKnown))
    );
  }

  /** Adds the process of the owner, unless there is one of its pid. */
  #knows(owner: Owner): boolean {
    const known = this.#processes.get(owner.pid);
    if (known)
      return (
        known.startTime === owner.startTime && known.name === owner.name && known.command === owner.command
      );
    this.#processes.set(owner.pid, owner);
    this.bytes += sizeOf([owner.startTime, owner.name, owner.command]);
    return true;
  }

  #addContainer(container: Container): void {
    const row = this.#rows.length;
    const known = this.#containers.get(container.id);
    if (known) known.rows.push(row);
    else this.#containers.set(container.id, { container, rows: [row] });
  }
}

const always = () => true;

/** As in all messages that know the processes; made once. */
function sharedRow(seen: SeenSocket): string {
  seen.row ??= JSON.stringify(packSocket(seen.socket, always));
  return seen.row;
}
