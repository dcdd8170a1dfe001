/** Sockets that match a filter, looked up once. */

import {
  type ListParams,
  type ListResult,
  listSockets,
  type Namespace,
  type Socket,
} from '../../agent/protocol';
import { type Connection, withDeadline } from './connection';

/** Milliseconds for one page. */
const pageDeadline = 20_000;

export interface Listing {
  readonly sockets: readonly Socket[];
  /** Every network namespace that the look found, whatever the filter. */
  readonly namespaces: readonly Namespace[];
}

/** The sockets of every page of a new look. */
export async function listAll(connection: Connection, filter: string): Promise<readonly Socket[]> {
  return (await look(connection, filter)).sockets;
}

/** Every page of a new look. */
export async function look(connection: Connection, filter: string): Promise<Listing> {
  const sockets: Socket[] = [];
  let params: ListParams = { filter };
  for (;;) {
    const page: ListResult = await withDeadline(
      connection.request(listSockets, params),
      pageDeadline,
      'no answer to a request for the sockets',
    );
    sockets.push(...page.sockets);
    if (page.cursor === null) return { sockets, namespaces: page.namespaces };
    params = { filter, cursor: page.cursor };
  }
}
