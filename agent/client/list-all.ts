/** Lists sockets page by page. */

import {
  type LeftOut,
  type ListParams,
  type ListResult,
  listSockets,
  type Namespace,
  type PackedList,
  type Socket,
  unpackSockets,
} from '../protocol';
import type { Requester } from './requester';

export interface SocketList {
  readonly sockets: readonly Socket[];
  /** Every network namespace of the scan, whatever the filter. */
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
  /** As in ListResult. */
  readonly connections: readonly string[] | null;
}

/** One page: of a new scan, or the next of the newest listing. Errors: invalidFilter, cursorExpired, brokerLost. */
export async function listPage(client: Requester, params: ListParams): Promise<ListResult> {
  const page = await client.request(listSockets, params);
  return { ...page, sockets: unpackSockets(page.sockets) };
}

/** All pages of a new scan. Errors: invalidFilter, brokerLost. */
export async function listAll(
  client: Requester,
  filter: string,
  options: Pick<ListParams, 'connections'> = {},
): Promise<SocketList> {
  const sockets: Socket[] = [];
  let connections: readonly string[] | null = null;
  let asked = client.request(listSockets, { filter, ...options });
  for (;;) {
    const page: PackedList = await asked;
    connections ??= page.connections ?? null;
    // The agent makes the next page while this one is unpacked.
    if (page.cursor !== null) asked = client.request(listSockets, { filter, cursor: page.cursor });
    for (const socket of unpackSockets(page.sockets)) sockets.push(socket);
    if (page.cursor === null)
      return { sockets, namespaces: page.namespaces, leftOut: page.leftOut, connections };
  }
}
