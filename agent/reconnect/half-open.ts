/** The one living connection whose packets are swallowed. */

import { allowedOf } from '../access/verdicts';
import type { Context } from '../context';
import type { SeenSocket } from '../inventory/inventory';
import { ErrorCode, type Filter, protocolError } from '../protocol';
import { requireAgreed } from './agreed';
import { matchingSockets, type OutageAim, type OutageSession, othersError } from './outage-aim';
import { targetText } from './outage-target';

/** The end that matches, also where it is a server's. Errors: invalidFilter, notFound, changed. */
export async function aimHalfOpen(
  context: Context,
  session: OutageSession,
  filter: Filter,
  agreed: readonly string[] | undefined,
): Promise<OutageAim> {
  const inventory = await context.scanner.scan();
  const matching = matchingSockets(inventory, session, filter).filter(isLiving);
  const allowed = await allowedOf(context.requireBroker(), matching);
  requireAgreed(agreed, allowed, inventory);
  const [end, another] = allowed;
  if (matching.length > 0 && !end) throw othersError(context);
  const remote = end?.socket.remote;
  if (!remote)
    throw protocolError(
      ErrorCode.notFound,
      'No established TCP connection matches, so none can be half-open',
    );
  if (another)
    throw protocolError(
      ErrorCode.invalidFilter,
      `One connection is half-open, and ${allowed.length} ends match: name one, such as cookie:${end.socket.cookie}`,
    );
  const pids = end.holders.map(({ pid }) => pid);
  const { netns } = end.socket;
  const text = targetText([remote], pids, []);
  return { target: { remotes: [remote], pids, netns, protocol: 'tcp', text }, allowed, ends: [end] };
}

function isLiving({ socket: { protocol, state } }: SeenSocket): boolean {
  return protocol === 'tcp' && (state === 'established' || state === 'close-wait');
}
