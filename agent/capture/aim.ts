/** What a capture is for: the living ends that match, within the scope, and what may connect meanwhile. */

import { judge } from '../access/verdicts';
import { widerScopeText } from '../common/wording';
import type { Context } from '../context';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { ErrorCode, type Filter, idKey, limits, protocolError } from '../protocol';
import { acceptedIn } from '../reconnect/drill-target';
import { requireNamed } from '../reconnect/named-processes';
import { matchingSockets, type OutageSession } from '../reconnect/outage-aim';
import { type OutageTarget, outageTarget, soleNamespace } from '../reconnect/outage-target';

export interface CaptureAim {
  readonly ends: readonly SeenSocket[];
  /** Connects that are captured, too; null: none are. */
  readonly target: OutageTarget | null;
}

/** Terms of living connections alone. */
const livingKeys: ReadonlySet<string> = new Set(['cookie', 'addr', 'port', 'state']);

/** Errors: invalidFilter, notFound, denied. */
export async function aimCapture(
  context: Context,
  session: OutageSession,
  filter: Filter,
): Promise<CaptureAim> {
  const inventory = await context.scanner.scan();
  // What no process holds is closed already.
  const matching = matchingSockets(inventory, session, filter).filter(({ holders }) => holders.length > 0);
  const ends = onePerConnection(await watchableOf(context, matching), inventory);
  if (ends.length > limits.captureConnections)
    throw protocolError(
      ErrorCode.invalidFilter,
      `${ends.length} connections match, and a capture is of at most ${limits.captureConnections}: name fewer`,
    );
  const home = soleNamespace(ends) ?? context.scanner.own;
  const target = followed(filter, () =>
    outageTarget(filter, ends, session.namespaces(inventory.namespaces), home),
  );
  // Others can always have something that matches: that alone keeps nobody from his own.
  if (ends.length === 0 && target === null && matching.length > 0)
    throw protocolError(
      ErrorCode.denied,
      `What matches belongs to another user: an agent with scope all (${widerScopeText(context.options.mode)}) may capture it`,
    );
  if (ends.length === 0 && target === null)
    throw protocolError(
      ErrorCode.notFound,
      'Nothing matches now, and what connects later is captured only by its remote or process, such as remote:5432 or pid:42',
    );
  if (ends.length === 0) await requireNamed(context, target?.pids ?? null);
  return { ends, target };
}

/** Who owns one end of a connection may cut it, but sees no packets of the other one. */
async function watchableOf(context: Context, sockets: readonly SeenSocket[]): Promise<SeenSocket[]> {
  const judgements = await judge(context.requireBroker('Capturing'), sockets);
  return sockets.filter((seen) => {
    const judgement = judgements.get(seen);
    return judgement?.verdict === 'allowed' && judgement.watchable;
  });
}

/** Each packet once: where both ends match, those of the one that connected, or of either where that cannot be told. */
function onePerConnection(ends: readonly SeenSocket[], inventory: Inventory): SeenSocket[] {
  const isAccepted = acceptedIn(inventory);
  const matching = new Map(ends.map((seen) => [seen.id, seen]));
  return ends.filter((seen) => {
    const peer = peerIn(matching, seen);
    if (!peer || peerIn(matching, peer) !== seen) return true;
    return isAccepted(seen) === isAccepted(peer) ? seen.id < peer.id : isAccepted(peer);
  });
}

function peerIn(sockets: ReadonlyMap<string, SeenSocket>, { socket: { peer } }: SeenSocket) {
  return peer ? sockets.get(idKey(peer)) : undefined;
}

/** Null where the filter says nothing of connections that there are not yet. */
function followed(filter: Filter, target: () => OutageTarget): OutageTarget | null {
  if (filter.some(({ key, negated }) => negated || livingKeys.has(key))) return null;
  try {
    return target();
  } catch {
    return null;
  }
}
