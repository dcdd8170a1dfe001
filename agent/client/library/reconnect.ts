/** Waits until a program has reconnected. */

import { idKey, parseFilter, portsOfFilter, type Socket, type SocketId } from '../../protocol';
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

/** In one filter. */
const maxPorts = 64;

/** Connections that existed at some time, so that they are not taken for new ones. */
export class KnownConnections {
  /** By idKey. */
  readonly #ids = new Set<string>();
  /** Of connections with one of these ports, all are known; null: of any port. */
  readonly #ports: ReadonlySet<number> | null;

  private constructor(ports: ReadonlySet<number> | null) {
    this.#ports = ports;
  }

  static none(): KnownConnections {
    return new KnownConnections(new Set());
  }

  /** Of a list with this filter: those that have a port which it names, or all where it names none. */
  static listed(filter: string, ids: readonly string[]): KnownConnections {
    const known = new KnownConnections(portsNamedBy(filter));
    for (const id of ids) known.#ids.add(id);
    return known;
  }

  /**
   * All that are established now and have a port in common with what is about to be cut; all of the machine, where that does not
   * say a port.
   */
  static async around(
    connection: AgentConnection,
    what: string | readonly Socket[],
  ): Promise<KnownConnections> {
    const ports = typeof what === 'string' ? portsNamedBy(what) : portsOfSockets(what);
    const known = new KnownConnections(ports && ports.size <= maxPorts ? ports : null);
    if (known.#ports?.size !== 0) await known.#add(connection, known.#ports);
    return known;
  }

  /** Takes those that match now, and whose age is not known, for old ones. */
  async complete(connection: AgentConnection, filter: string): Promise<void> {
    const asked = portsNamedBy(filter);
    if (!this.#ports || (asked && [...asked].every((port) => this.#ports?.has(port)))) return;
    for (const socket of (await listAll(connection, filter)).sockets)
      if (!this.#isCovered(socket)) this.add(socket);
  }

  async #add(connection: AgentConnection, ports: ReadonlySet<number> | null): Promise<void> {
    const filter = ['proto:tcp state:established', ...(ports ? [`addr:${[...ports].join()}`] : [])].join(' ');
    for (const socket of (await listAll(connection, filter)).sockets) this.add(socket);
  }

  #isCovered({ local, remote }: Socket): boolean {
    const ports = this.#ports;
    return !ports || ports.has(local.port) || (remote !== null && ports.has(remote.port));
  }

  add(socket: SocketId): void {
    this.#ids.add(idKey(socket));
  }

  has(socket: SocketId): boolean {
    return this.#ids.has(idKey(socket));
  }
}

/** Null: it names none, or is no filter. */
function portsNamedBy(filter: string): ReadonlySet<number> | null {
  const parsed = parseFilter(filter);
  const ports = parsed.ok ? portsOfFilter(parsed.filter) : null;
  return ports && new Set(ports);
}

/** Both ports of each; of many the lower one, which is mostly the server's. */
function portsOfSockets(sockets: readonly Socket[]): ReadonlySet<number> {
  const pairs = sockets.map(({ local, remote }) =>
    [local.port, remote?.port ?? 0].filter((port) => port > 0),
  );
  const both = new Set(pairs.flat());
  return both.size <= maxPorts
    ? both
    : new Set(pairs.filter(({ length }) => length > 0).map((ports) => Math.min(...ports)));
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
