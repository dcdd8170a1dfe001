/** Lists sockets page by page. */

import {
  type LeftOut,
  type ListParams,
  type ListResult,
  listSockets,
  type Namespace,
  type Socket,
} from '../protocol';
import type { Requester } from './requester';

export interface SocketList {
  readonly sockets: readonly Socket[];
  /** Every network namespace of the scan, whatever the filter. */
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** All pages of a new scan. Errors: invalidFilter, brokerLost. */
export async function listAll(client: Requester, filter: string): Promise<SocketList> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await client.request(listSockets, params);
    sockets.push(...page.sockets);
    if (page.cursor === null) return { sockets, namespaces: page.namespaces, leftOut: page.leftOut };
    params = { filter, cursor: page.cursor };
  }
}
