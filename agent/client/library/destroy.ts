/** Destroys what a filter matches, or sockets that were listed. */

import {
  type DestroyedSocket,
  destroySockets,
  type End,
  type EngineChoice,
  limits,
  parseActingFilter,
  type Socket,
  type Target,
  targetOf,
} from '../../protocol';
import { listAll } from '../list-all';
import type { Abortable } from './abort';
import type { AgentConnection } from './agent-connection';
import { SockscopeError } from './errors';

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

/** Lists, destroys and re-checks; one result for each socket. Errors: those of requests, invalidFilter. */
export async function destroy(
  connection: AgentConnection,
  what: string | readonly Socket[],
  { end = 'local', engine = 'auto', includeListeners = false }: DestroyOptions,
): Promise<DestroyedSocket[]> {
  const sockets = typeof what === 'string' ? await find(connection, what) : what;
  const targets = end === 'local' ? sockets : peersOf(sockets);
  const results: DestroyedSocket[] = [];
  for (let start = 0; start < targets.length; start += limits.targets) {
    const batch = targets.slice(start, start + limits.targets).map(targetOf);
    const answer = await connection.request(destroySockets, { targets: batch, engine, includeListeners });
    results.push(...answer.results);
  }
  return results;
}

async function find(connection: AgentConnection, filter: string): Promise<readonly Socket[]> {
  const parsed = parseActingFilter(filter);
  if (!parsed.ok) throw new SockscopeError('invalidFilter', parsed.message);
  await connection.prepare(filter);
  return (await listAll(connection, filter)).sockets;
}

/** Each once; sockets without a peer on this machine are left out. */
function peersOf(sockets: readonly Socket[]): Target[] {
  const peers = sockets.flatMap(({ peer }) => peer ?? []);
  return [...new Map(peers.map((peer) => [`${peer.netns}/${peer.cookie}`, peer])).values()];
}
