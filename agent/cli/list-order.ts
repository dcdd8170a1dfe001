/** The order of a list. */

import type { State } from '../protocol';

/** Ascending: what listens first, then by local port, then by remote port (0: none). */
export function listRank(state: State, localPort: number, remotePort: number): number {
  return (state === 'listen' ? 0 : 2 ** 32) + localPort * 2 ** 16 + remotePort;
}
