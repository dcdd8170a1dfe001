/** Every page of a listing. */

import { type ListParams, type ListResult, listSockets, type Namespace, type Socket } from '../protocol';
import type { Requester } from './requester';

export interface Listing {
  readonly sockets: readonly Socket[];
  /** Every network namespace that the look found, whatever the filter. */
  readonly namespaces: readonly Namespace[];
}

/** Rejects with invalidFilter, brokerLost. */
export async function listAll(client: Requester, filter: string): Promise<Listing> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await client.request(listSockets, params);
    sockets.push(...page.sockets);
    if (page.cursor === null) return { sockets, namespaces: page.namespaces };
    params = { filter, cursor: page.cursor };
  }
}
