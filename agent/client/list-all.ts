/** Lists sockets page by page. */

import type { RequestType } from 'vscode-jsonrpc';
import {
  type JsonList,
  type LeftOut,
  type ListParams,
  type ListResult,
  listJson,
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

type ListOptions = Pick<ListParams, 'connections' | 'inOrder'>;

/** All pages of a new scan, as they come. Errors: invalidFilter, brokerLost. */
export function packedPages(
  client: Requester,
  filter: string,
  options: ListOptions = {},
): AsyncGenerator<PackedList> {
  return pagesOf(client, listSockets, { filter, ...options });
}

/** The same as JSON, in order. */
export function jsonPages(client: Requester, filter: string): AsyncGenerator<JsonList> {
  return pagesOf(client, listJson, { filter });
}

/** `first`: parameters of the first page. */
async function* pagesOf<Page extends { readonly cursor: string | null }>(
  client: Requester,
  method: RequestType<ListParams, Page, void>,
  first: ListParams,
): AsyncGenerator<Page> {
  const { filter } = first;
  let asked = client.request(method, first);
  for (;;) {
    const page = await asked;
    // The agent makes the next page while this one is read.
    if (page.cursor !== null) asked = client.request(method, { filter, cursor: page.cursor });
    asked.catch(() => {}); // whoever goes on reading is told
    yield page;
    if (page.cursor === null) return;
  }
}

/** The sockets of all pages of a new scan. Errors: invalidFilter, brokerLost. */
export async function listAll(
  client: Requester,
  filter: string,
  options: ListOptions = {},
): Promise<SocketList> {
  const sockets: Socket[] = [];
  let last: PackedList | null = null;
  let connections: readonly string[] | null = null;
  for await (const page of packedPages(client, filter, options)) {
    connections ??= page.connections ?? null;
    for (const socket of unpackSockets(page.sockets)) sockets.push(socket);
    last = page;
  }
  const { namespaces, leftOut } = last as PackedList;
  return { sockets, namespaces, leftOut, connections };
}
