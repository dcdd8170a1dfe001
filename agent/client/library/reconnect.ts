/** Waits until a program has reconnected. */

import type { Socket, SocketId } from '../../protocol';
import { listAll } from '../list-all';
import { type Abortable, onAbort } from './abort';
import type { AgentConnection } from './agent-connection';
import { type Duration, toMs } from './durations';
import { SockscopeError } from './errors';
import { startWatch } from './watch';

export interface ReconnectOptions extends Abortable {
  /** Maximum wait. */
  readonly within: Duration;
}

/** Connections that existed at some time, so that they are not taken for new ones. */
export class KnownConnections {
  readonly #ids = new Set<string>();

  /** All that are established now. */
  static async now(connection: AgentConnection): Promise<KnownConnections> {
    const known = new KnownConnections();
    for (const socket of (await listAll(connection, 'proto:tcp state:established')).sockets)
      known.add(socket);
    return known;
  }

  add(socket: SocketId): void {
    this.#ids.add(idOf(socket));
  }

  has(socket: SocketId): boolean {
    return this.#ids.has(idOf(socket));
  }
}

/** Resolves with the first established connection that matches and is not in `known`. Errors: notReconnected. */
export async function waitForReconnect(
  connection: AgentConnection,
  filter: string,
  known: KnownConnections,
  { within, signal }: ReconnectOptions,
): Promise<Socket> {
  const ms = toMs('within', within);
  signal?.throwIfAborted();
  const watch = await startWatch(connection, filter);
  const timer = setTimeout(watch.end, ms);
  const removeListener = onAbort(signal, watch.end);
  const isNew = (socket: Socket) =>
    socket.protocol === 'tcp' && socket.state === 'established' && !known.has(socket);
  try {
    const there = (await listAll(connection, filter)).sockets.find(isNew);
    if (there) return there;
    for await (const { event, socket } of watch.changes)
      if (event !== 'closed' && isNew(socket)) return socket;
    signal?.throwIfAborted();
    throw new SockscopeError('notReconnected', `No new connection matched ${filter} within ${ms} ms`);
  } finally {
    clearTimeout(timer);
    removeListener();
    watch.end();
  }
}

function idOf({ netns, cookie }: SocketId): string {
  return `${netns}/${cookie}`;
}
