/** Connected tuples as keys that are the same from either end. */

import type { SocketRecord } from '../broker-link/records';
import { type Endpoint, formatEndpoint, type State, withoutMapping } from '../protocol';

export interface Tuple {
  /** Protocol and both ends in a fixed order; without the network namespace. */
  readonly key: string;
  /** Which of the two ends this one is, and which its peer: the same where it is connected to itself. */
  readonly side: 0 | 1;
  readonly otherSide: 0 | 1;
}

/**
 * Null: it is no end of a connection. Any user may bind a foreign address (IP_FREEBIND) and connect to one end of another user's
 * connection. The tuple is then mirrored, but the handshake never succeeds, and after it has failed the socket keeps the tuple until
 * it is closed. So a TCP socket counts as an end only in states after a handshake.
 */
export function connectedTuple({ protocol, local, remote }: SocketRecord, state: State): Tuple | null {
  if (remote.port === 0) return null;
  if (protocol !== 'udp' && !(protocol === 'tcp' && connected.has(state))) return null;
  const near = plainEnd(local);
  const far = plainEnd(remote);
  const isFirst = near <= far;
  return {
    key: isFirst ? `${protocol} ${near} ${far}` : `${protocol} ${far} ${near}`,
    side: isFirst ? 0 : 1,
    otherSide: isFirst && near !== far ? 1 : 0,
  };
}

const connected: ReadonlySet<State> = new Set([
  'established',
  'fin-wait-1',
  'fin-wait-2',
  'close-wait',
  'last-ack',
  'closing',
  'time-wait',
]);

function plainEnd({ address, port }: Endpoint): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}
