/** Sockets of a puppet in the listing of the agent. */

import assert from 'node:assert/strict';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import {
  type DestroyedSocket,
  type DestroyOptions,
  type Namespace,
  type Socket,
  type State,
  type Target,
  targetOf,
} from '../../agent/protocol';
import { run, until } from './programs';

/** The kernel counts up from 1, so a small one may be the machine's own listener: no test names that. */
export const unusedCookie = String(2n ** 62n);

/** The one socket that a filter matches. */
export async function findOne(client: Client, filter: string): Promise<Socket> {
  const found = await until(`${filter} was looked for in every namespace`, async () => {
    const { sockets, namespaces } = await listAll(client, filter);
    return sockets.length > 0 || lateIn(namespaces) === 0 ? sockets : null;
  });
  assert.equal(found.length, 1, `${filter} matches ${JSON.stringify(found)}`);
  const [socket] = found;
  assert.ok(socket);
  return socket;
}

/** On a busy machine, a list has no time for all namespaces of other users than the one who is served. */
function lateIn(namespaces: readonly Namespace[]): number {
  return namespaces.filter(({ errno }) => errno === 'ETIMEDOUT').length;
}

/** Waits until the socket with this cookie has this state: acknowledgements take time. */
export async function inState(client: Client, { cookie }: { cookie: string }, state: State): Promise<Socket> {
  const seen = new Set<string>();
  try {
    return await until(`socket ${cookie} is ${state}`, async () => {
      // A socket that changes its state during a scan may be missing from one listing.
      const { sockets, namespaces } = await listAll(client, `cookie:${cookie}`);
      const [socket] = sockets;
      seen.add(socket?.state ?? `missing, with ${lateIn(namespaces)} namespaces not read in time`);
      return socket?.state === state ? socket : null;
    });
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; the agent saw ${[...seen].join(', ')}; ss shows: ${await ofSs()}`,
    );
  }
}

/** What ss shows in every named namespace, to tell a socket that the listing misses from one that the kernel lost. */
async function ofSs(): Promise<string> {
  const { stdout } = await run(['ip', '-all', 'netns', 'exec', 'ss', '-Htaneop']);
  return stdout;
}

export async function targetByCookie(client: Client, { cookie }: { cookie: string }): Promise<Target> {
  return targetOf(await findOne(client, `cookie:${cookie}`));
}

export async function destroyOne(
  client: Client,
  target: Target,
  options: DestroyOptions = {},
): Promise<DestroyedSocket> {
  const results = await destroyTargets(client, { targets: [targetOf(target)], ...options });
  assert.equal(results.length, 1);
  const [result] = results;
  assert.ok(result);
  return result;
}
