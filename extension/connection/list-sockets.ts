/** Lists the sockets that match a filter. */

import * as vscode from 'vscode';
import { listAll, type SocketList } from '../../agent/client/list-all';
import type { Requester } from '../../agent/client/requester';
import type { Socket } from '../../agent/protocol';
import { type Connection, withDeadline } from './connection';

const pageTimeoutMs = 20_000;

/** From a new scan. Rejects with invalidFilter, or after 20 s without an answer. */
export async function listMatching(connection: Connection, filter: string): Promise<readonly Socket[]> {
  return (await listWithNamespaces(connection, filter)).sockets;
}

/** As listMatching, with the network namespaces. */
export function listWithNamespaces(connection: Connection, filter: string): Promise<SocketList> {
  const requester: Requester = {
    info: connection.info,
    request: (type, params) =>
      withDeadline(
        connection.request(type, params),
        pageTimeoutMs,
        vscode.l10n.t('no answer to a request for the sockets'),
      ),
  };
  return listAll(requester, filter);
}
