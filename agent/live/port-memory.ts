/** Remembers the uids behind each port: they identify whose a connection without an owner was. */

import type { SeenSocket } from '../inventory/inventory';
import type { Endpoint, Socket } from '../protocol';

/** Beyond this many ports, the least recently seen are dropped. */
const maxPorts = 20_000;

export class PortMemory {
  readonly #uids = new Map<string, readonly number[]>();

  learn(sockets: Iterable<SeenSocket>): void {
    for (const { socket, holders } of sockets) {
      if (socket.owners.length === 0 || socket.local.port === 0) continue;
      const key = portKey(socket, socket.local);
      this.#uids.delete(key);
      this.#uids.set(key, [...new Set(holders.map(({ uid }) => uid))]);
    }
    for (const key of this.#uids.keys()) {
      if (this.#uids.size <= maxPorts) return;
      this.#uids.delete(key);
    }
  }

  /** Uids that hold, or held last, one of the ports of this socket on this machine. */
  uidsOf(socket: Socket): readonly number[] {
    const local = this.#uids.get(portKey(socket, socket.local)) ?? [];
    if (!socket.remote || !isLocal(socket, socket.remote)) return local;
    return [...local, ...(this.#uids.get(portKey(socket, socket.remote)) ?? [])];
  }
}

function portKey({ netns, protocol }: Socket, { port }: Endpoint): string {
  return `${netns}/${protocol}/${port}`;
}

function isLocal({ local }: Socket, { address }: Endpoint): boolean {
  return address === local.address || /^(::ffff:)?127\./.test(address);
}
