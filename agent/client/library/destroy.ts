/** Destroys what a filter matches, or sockets that were listed. */

import {
  type DestroyedSocket,
  type End,
  type EngineChoice,
  parseActingFilter,
  type Socket,
} from '../../protocol';
import { destroyAll } from '../destroy-all';
import { listAll } from '../list-all';
import { targetsAt } from '../target-end';
import type { Abortable } from './abort';
import type { AgentConnection } from './agent-connection';
import { SockscopeError } from './errors';
import { KnownConnections } from './reconnect';

export interface DestroyOptions extends Abortable {
  /**
   * Which end of each connection is destroyed. `local`: the socket that matches; its program sees ECONNABORTED. `peer`: its
   * other end on this machine; the program that matches sees ECONNRESET, as in a real outage; sockets without a peer are
   * left out. Default: local.
   */
  readonly end?: End | undefined;
  /** Default: auto. */
  readonly engine?: EngineChoice | undefined;
  /** Without it, listening sockets come back as `protected`. */
  readonly includeListeners?: boolean | undefined;
}

/** Destroys and re-checks; one result for each socket. Errors: those of requests. */
export function destroy(
  connection: AgentConnection,
  sockets: readonly Socket[],
  { end = 'local', engine = 'auto', includeListeners = false }: DestroyOptions,
): Promise<DestroyedSocket[]> {
  return destroyAll(connection, targetsAt(sockets, end), { engine, includeListeners });
}

/** What matches, and what is connected before it is destroyed. Errors: those of requests, invalidFilter. */
export async function find(
  connection: AgentConnection,
  filter: string,
): Promise<{ readonly sockets: readonly Socket[]; readonly before: KnownConnections }> {
  const parsed = parseActingFilter(filter);
  if (!parsed.ok) throw new SockscopeError('invalidFilter', parsed.message);
  await connection.prepare(filter);
  const { sockets, connections } = await listAll(connection, filter, { connections: true });
  const before = connections
    ? KnownConnections.listed(filter, connections)
    : await KnownConnections.around(connection, sockets);
  return { sockets, before };
}
