/** Sockets that match a filter, looked up once. */

import { type ListParams, type ListResult, listSockets, type Socket } from '../agent/protocol';
import { type Connection, withDeadline } from './connection';

/** Milliseconds for one page. */
const pageDeadline = 20_000;

/** Every page of a new look. */
export async function listAll(connection: Connection, filter: string): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await withDeadline(
      connection.request(listSockets, params),
      pageDeadline,
      'no answer to a request for the sockets',
    );
    sockets.push(...page.sockets);
    if (page.cursor === null) return sockets;
    params = { filter, cursor: page.cursor };
  }
}
