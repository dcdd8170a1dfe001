/** Destroying what a filter matches, or sockets that were listed. */

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
import { SockscopeError } from './errors';
import type { Link } from './link';

export interface DestroyOptions extends Abortable {
  /**
   * Which end of each connection: `local`, what matches, whose program sees ECONNABORTED; or `peer`, the other one on this
   * machine, so that the program sees ECONNRESET, as in a real outage. Default: local.
   */
  readonly end?: End | undefined;
  /** Default: auto. */
  readonly engine?: EngineChoice | undefined;
  /** Without it, listening sockets come back as `protected`. */
  readonly includeListeners?: boolean | undefined;
}

/** Looks now; one result for each socket. */
export async function destroy(
  link: Link,
  what: string | readonly Socket[],
  { end = 'local', engine = 'auto', includeListeners = false }: DestroyOptions,
): Promise<DestroyedSocket[]> {
  const sockets = typeof what === 'string' ? await find(link, what) : what;
  const targets = end === 'local' ? sockets : peersOf(sockets);
  const results: DestroyedSocket[] = [];
  for (let start = 0; start < targets.length; start += limits.targets) {
    const batch = targets.slice(start, start + limits.targets).map(targetOf);
    const answer = await link.request(destroySockets, { targets: batch, engine, includeListeners });
    results.push(...answer.results);
  }
  return results;
}

async function find(link: Link, filter: string): Promise<readonly Socket[]> {
  const parsed = parseActingFilter(filter);
  if (!parsed.ok) throw new SockscopeError('invalidFilter', parsed.message);
  await link.prepare(filter);
  return (await listAll(link, filter)).sockets;
}

/** Each once; sockets without a peer on this machine are left out. */
function peersOf(sockets: readonly Socket[]): Target[] {
  const peers = sockets.flatMap(({ peer }) => peer ?? []);
  return [...new Map(peers.map((peer) => [`${peer.netns}/${peer.cookie}`, peer])).values()];
}
