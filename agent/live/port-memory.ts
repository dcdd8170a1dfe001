/** Whose ports were whose: what is left of a connection without an owner is told by its port. */

import type { SeenSocket } from '../inventory/inventory';
import type { Endpoint, Socket } from '../protocol';

/** Ports that are remembered; those that were seen last are kept. */
const most = 20_000;

export class PortMemory {
  readonly #uids = new Map<string, readonly number[]>();

  learn(sockets: Iterable<SeenSocket>): void {
    for (const { socket, ownerUids } of sockets) {
      if (ownerUids.length === 0 || socket.local.port === 0) continue;
      const key = portKey(socket, socket.local);
      this.#uids.delete(key);
      this.#uids.set(key, ownerUids);
    }
    for (const key of this.#uids.keys()) {
      if (this.#uids.size <= most) return;
      this.#uids.delete(key);
    }
  }

  /** Uids of those who hold, or were last seen to hold, one of the ports of this socket on this machine. */
  uidsOf(socket: Socket): readonly number[] {
    const local = this.#uids.get(portKey(socket, socket.local)) ?? [];
    if (!socket.remote || !leadsHere(socket, socket.remote)) return local;
    return [...local, ...(this.#uids.get(portKey(socket, socket.remote)) ?? [])];
  }
}

function portKey({ netns, protocol }: Socket, { port }: Endpoint): string {
  return `${netns}/${protocol}/${port}`;
}

function leadsHere({ local }: Socket, { address }: Endpoint): boolean {
  return address === local.address || /^(::ffff:)?127\./.test(address);
}
