/** What an outage is to meet: the connections that match now, within the scope, and the remotes and processes that follow from them. */

import { allowedOf } from '../access/verdicts';
import { widerScopeText } from '../common/wording';
import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { ErrorCode, type Filter, type Namespace, protocolError } from '../protocol';
import { requireAgreed } from './agreed';
import { clientEnds } from './drill-target';
import { refuseLifeline } from './outage-lifeline';
import { type OutageTarget, outageTarget, soleNamespace } from './outage-target';

/** The connection of a client with outages. */
export interface OutageSession {
  /** The client has disconnected. */
  readonly over: boolean;
  /** The socket with the container names that the client sent. */
  named(seen: SeenSocket): SeenSocket;
  namespaces(namespaces: readonly Namespace[]): readonly Namespace[];
}

export interface OutageAim {
  readonly target: OutageTarget;
  /** What matches, and the scope allows. */
  readonly allowed: readonly SeenSocket[];
  /** The sockets of these connections that the rules are for. */
  readonly ends: readonly SeenSocket[];
}

/** Errors: invalidFilter, notFound, changed. */
export async function aimOutage(
  context: Context,
  session: OutageSession,
  filter: Filter,
  agreed: readonly string[] | undefined,
): Promise<OutageAim> {
  const inventory = await context.scanner.scan();
  const matching = matchingSockets(inventory, session, filter);
  const allowed = await allowedOf(context.requireBroker(), matching);
  requireAgreed(agreed, allowed, inventory);
  const namespaces = session.namespaces(inventory.namespaces);
  const ends = clientEnds(allowed, inventory);
  if (matching.length > 0 && allowed.length === 0) refuseOthers(context, filter, namespaces);
  const home = soleNamespace(ends) ?? context.scanner.own;
  const target = outageTarget(filter, ends, namespaces, home);
  refuseLifeline(target, inventory);
  return { target, allowed, ends };
}

export function matchingSockets(inventory: Inventory, session: OutageSession, filter: Filter): SeenSocket[] {
  const matches = matcher(filter);
  return [...inventory.all()].filter(
    (seen) => seen.socket.remote !== null && !seen.socket.lifeline && matches(session.named(seen).socket),
  );
}

/** Where only others' sockets match, and the filter names nothing else to affect. */
function refuseOthers(context: Context, filter: Filter, namespaces: readonly Namespace[]): void {
  try {
    outageTarget(filter, [], namespaces, context.scanner.own);
  } catch (error) {
    if ((error as { code?: unknown }).code !== ErrorCode.notFound) throw error;
    throw othersError(context);
  }
}

export function othersError(context: Context) {
  return protocolError(
    ErrorCode.notFound,
    `What matches belongs to another user: ${widerScope(context)} may act on it`,
  );
}

export function widerScope({ options }: Context): string {
  return `an agent with scope all (${widerScopeText(options.mode)})`;
}
