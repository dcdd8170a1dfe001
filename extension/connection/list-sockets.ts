/** Sockets that match a filter, looked up once. */

import { listAll as listAllPages, type SocketList } from '../../agent/client/list-all';
import type { Requester } from '../../agent/client/requester';
import type { Socket } from '../../agent/protocol';
import { type Connection, withDeadline } from './connection';

/** Milliseconds for one page. */
const pageDeadline = 20_000;

/** The sockets of every page of a new look. */
export async function listAll(connection: Connection, filter: string): Promise<readonly Socket[]> {
  return (await look(connection, filter)).sockets;
}

/** Every page of a new look. */
export function look(connection: Connection, filter: string): Promise<SocketList> {
  const requester: Requester = {
    info: connection.info,
    request: (type, params) =>
      withDeadline(connection.request(type, params), pageDeadline, 'no answer to a request for the sockets'),
  };
  return listAllPages(requester, filter);
}
