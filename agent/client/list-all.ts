/** Every page of a listing. */

import { type ListParams, type ListResult, listSockets, type Socket } from '../protocol';
import type { Client } from './connect';

/** Rejects with invalidFilter, brokerLost. */
export async function listAll(client: Client, filter: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await client.request(listSockets, params);
    sockets.push(...page.sockets);
    if (page.cursor === null) return sockets;
    params = { filter, cursor: page.cursor };
  }
}
