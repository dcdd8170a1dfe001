/** Every method a client may call, sorted by name, with the access it requires and the shape it takes. */

import type * as v from 'valibot';
import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import { destroy, plan } from './destroy';
import { destroyNext } from './destroy-next';
import { examine } from './doctor';
import { matcher } from './match';
import {
  agentDoctor,
  agentStatus,
  agentStop,
  destroyNext as destroyNextMethod,
  destroySockets,
  ErrorCode,
  type Filter,
  type ListParams,
  type ListResult,
  limits,
  listSockets,
  type ParsedFilter,
  parseActingFilter,
  parseFilter,
  planDestroy,
  protocolError,
  type Socket,
} from './protocol';
import { destroyNextParams, destroyParams, listParams, nothing } from './schemas';
import type { Session } from './session';

/** `see` changes nothing outside the agent; `act` does, and is refused by a read-only agent. */
export type Access = 'see' | 'act';

export interface Method {
  readonly name: string;
  readonly access: Access;
  readonly schema: v.GenericSchema<unknown>;
  handle(params: unknown, session: Session, token: CancellationToken): Promise<unknown>;
}

function method<P, R>(
  type: RequestType<P, R, void>,
  access: Access,
  schema: v.GenericSchema<P>,
  handle: (params: P, session: Session, token: CancellationToken) => R | Promise<R>,
): Method {
  // The session hands a handler only what its own schema has let through.
  return {
    name: type.method,
    access,
    schema,
    handle: async (params, session, token) => handle(params as P, session, token),
  };
}

/** Milliseconds that an answer may take to get out before the agent ends. */
const answerMs = 50;

export const methods: readonly Method[] = [
  method(agentDoctor, 'see', nothing, (_params, { host }) => examine(host.service)),
  method(agentStatus, 'see', nothing, (_params, { host }) => host.status()),
  method(agentStop, 'see', nothing, (_params, { host }) => {
    setTimeout(() => host.stop(), answerMs);
    return null;
  }),
  method(destroySockets, 'act', destroyParams, async (params, { client, host }) => ({
    results: await destroy(host.service, client, params, destroySockets.method),
  })),
  method(destroyNextMethod, 'act', destroyNextParams, (params, { client, host }, token) =>
    destroyNext(host.service, client, params, accepted(parseActingFilter(params.filter)), token),
  ),
  method(listSockets, 'see', listParams, list),
  method(planDestroy, 'see', destroyParams, (params, { client, host }) => plan(host.service, client, params)),
];

/** The newest listing of a connection, kept for its later pages. */
export interface Listings {
  newest: { readonly id: number; readonly sockets: readonly Socket[] } | null;
  made: number;
}

async function list({ filter, cursor }: ListParams, { host, listings }: Session): Promise<ListResult> {
  if (cursor !== undefined) return page(listings, cursor);
  const matches = matcher(accepted(parseFilter(filter)));
  const inventory = await host.service.look();
  const sockets = [...inventory.all()].map(({ socket }) => socket).filter(matches);
  listings.made++;
  listings.newest = { id: listings.made, sockets };
  return page(listings, `${listings.made}:0`);
}

function page(listings: Listings, cursor: string): ListResult {
  const [id, start] = cursor.split(':').map(Number);
  const { newest } = listings;
  if (!newest || newest.id !== id || start === undefined || !(start >= 0 && start <= newest.sockets.length))
    throw protocolError(ErrorCode.cursorExpired, 'This listing is over: list again from the start');
  const end = start + limits.listPage;
  const more = end < newest.sockets.length;
  if (!more) listings.newest = null;
  return {
    sockets: newest.sockets.slice(start, end),
    total: newest.sockets.length,
    cursor: more ? `${newest.id}:${end}` : null,
  };
}

function accepted(parsed: ParsedFilter): Filter {
  if (parsed.ok) return parsed.filter;
  throw protocolError(ErrorCode.invalidFilter, parsed.message);
}
