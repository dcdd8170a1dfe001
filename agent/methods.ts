/** Every method a client may call, sorted by name, with the access it requires and the shape it takes. */

import { destroy, plan } from './destroy';
import { destroyNext } from './destroy-next';
import { examine } from './doctor';
import { type Method, method } from './method';
import {
  agentDoctor,
  agentStatus,
  agentStop,
  destroyNext as destroyNextMethod,
  destroySockets,
  ErrorCode,
  type Filter,
  listSockets,
  type ParsedFilter,
  parseActingFilter,
  parseFilter,
  planDestroy,
  protocolError,
} from './protocol';
import { destroyNextParams, destroyParams, listParams, nothing } from './schemas';

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
  method(listSockets, 'see', listParams, ({ filter, cursor }, { host, listings }) =>
    cursor === undefined
      ? listings.begin(host.service, accepted(parseFilter(filter)))
      : listings.page(cursor),
  ),
  method(planDestroy, 'see', destroyParams, (params, { client, host }) => plan(host.service, client, params)),
];

function accepted(parsed: ParsedFilter): Filter {
  if (parsed.ok) return parsed.filter;
  throw protocolError(ErrorCode.invalidFilter, parsed.message);
}
