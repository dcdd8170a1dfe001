/** Waiting until a program is connected again. */

import type { Socket, SocketId } from '../../protocol';
import { listAll } from '../list-all';
import { type Abortable, onAbort } from './abort';
import { type Duration, toMs } from './durations';
import { SockscopeError } from './errors';
import type { Link } from './link';
import { startWatch } from './watch';

export interface ReconnectOptions extends Abortable {
  /** For so long at most. */
  readonly within: Duration;
}

/** Connections that were there at some time. */
export class Known {
  readonly #ids = new Set<string>();

  /** Looks now. */
  static async now(link: Link): Promise<Known> {
    const known = new Known();
    for (const socket of (await listAll(link, 'proto:tcp state:established')).sockets) known.add(socket);
    return known;
  }

  add(socket: SocketId): void {
    this.#ids.add(idOf(socket));
  }

  has(socket: SocketId): boolean {
    return this.#ids.has(idOf(socket));
  }
}

/** The first established connection that matches and is not known. */
export async function waitForReconnect(
  link: Link,
  filter: string,
  known: Known,
  { within, signal }: ReconnectOptions,
): Promise<Socket> {
  const ms = toMs('within', within);
  signal?.throwIfAborted();
  const watch = await startWatch(link, filter);
  const timer = setTimeout(watch.end, ms);
  const leave = onAbort(signal, watch.end);
  const isNew = (socket: Socket) =>
    socket.protocol === 'tcp' && socket.state === 'established' && !known.has(socket);
  try {
    const there = (await listAll(link, filter)).sockets.find(isNew);
    if (there) return there;
    for await (const { event, socket } of watch.changes)
      if (event !== 'closed' && isNew(socket)) return socket;
    signal?.throwIfAborted();
    throw new SockscopeError('notReconnected', `No new connection matched ${filter} within ${ms} ms`);
  } finally {
    clearTimeout(timer);
    leave();
    watch.end();
  }
}

function idOf({ netns, cookie }: SocketId): string {
  return `${netns}/${cookie}`;
}
