/** Lists the sockets that match a filter. */

import {
  type ListParams,
  type ListResult,
  listSockets,
  type Namespace,
  type Socket,
} from '../../agent/protocol';
import { type Connection, withDeadline } from './connection';

const pageTimeoutMs = 20_000;

interface ListedSockets {
  readonly sockets: readonly Socket[];
  /** Every network namespace that the scan found, whatever the filter. */
  readonly namespaces: readonly Namespace[];
}

/** From a new scan. Rejects with invalidFilter, or after 20 s without an answer. */
export async function listMatching(connection: Connection, filter: string): Promise<readonly Socket[]> {
  return (await listWithNamespaces(connection, filter)).sockets;
}

/** As listMatching, with the network namespaces. */
export async function listWithNamespaces(connection: Connection, filter: string): Promise<ListedSockets> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await withDeadline(
      connection.request(listSockets, params),
      pageTimeoutMs,
      'no answer to a request for the sockets',
    );
    sockets.push(...page.sockets);
    if (page.cursor === null) return { sockets, namespaces: page.namespaces };
    params = { filter, cursor: page.cursor };
  }
}
