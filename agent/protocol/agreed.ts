/**
 * What a user has agreed to, so that a fault meets no connection that its question did not name. The connections themselves would be
 * too narrow: their program may have made them again before the answer.
 */

import { withoutMapping } from './address';
import { processKey } from './keys';
import type { Socket } from './sockets';

type Connection = Pick<Socket, 'netns' | 'owners' | 'local' | 'remote'>;

/** For each process that holds it; of one that was accepted, its client may have another port by then. */
function namesOf({ netns, owners, local, remote }: Connection, accepted: boolean): readonly string[] {
  const address = withoutMapping(remote?.address ?? '');
  const where = accepted ? `${local.port} < ${address}` : `> ${address} ${remote?.port}`;
  const holders = owners.length === 0 ? [''] : owners.map(processKey);
  return holders.map((holder) => `${netns} ${holder} ${where}`);
}

/** Names of these connections, to send along with the request. Who asks does not know which of them were accepted. */
export function agreedTo(connections: readonly Connection[]): string[] {
  return [...new Set(connections.flatMap((each) => [...namesOf(each, true), ...namesOf(each, false)]))];
}

/** Whether all of its processes have been named with this connection. `accepted`: a process listens on its local port. */
export function isAgreed(agreed: ReadonlySet<string>, connection: Connection, accepted: boolean): boolean {
  return namesOf(connection, accepted).every((name) => agreed.has(name));
}
