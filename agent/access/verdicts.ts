/** What the scope says of sockets. The law is the broker's alone (native/src/law/): it is asked, never repeated here. */

import type { Broker } from '../broker-link/broker';
import type { Judgement, Verdict } from '../broker-link/judge-records';
import { hasHiddenOwner } from '../inventory/hidden-owner';
import { type Inventory, type SeenSocket, toDestroyRecord } from '../inventory/inventory';

/** Whether the broker judges its kind: no other can be destroyed. */
export function isJudged({ socket: { protocol } }: SeenSocket): boolean {
  return protocol === 'tcp' || protocol === 'udp';
}

/** One request for all of them. Sockets of other kinds have no judgement. */
export async function judge(
  broker: Broker,
  sockets: readonly SeenSocket[],
): Promise<ReadonlyMap<SeenSocket, Judgement>> {
  const asked = sockets.filter(isJudged);
  if (asked.length === 0) return new Map();
  const judgements = await broker.judge(asked.map(toDestroyRecord));
  return new Map(asked.flatMap((seen, at) => (judgements[at] ? [[seen, judgements[at]]] : [])));
}

/** Those that may be acted on. */
export async function allowedOf(broker: Broker, sockets: readonly SeenSocket[]): Promise<SeenSocket[]> {
  const judgements = await judge(broker, sockets);
  return sockets.filter((seen) => judgements.get(seen)?.verdict === 'allowed');
}

/**
 * For an observer, which has no broker. /proc shows it owners of its own user's sockets only, so what is held by somebody else is not
 * its user's, unless the other end is. What nobody holds is for the agent to judge, once there is one.
 */
export function verdictOfObserver({ record, socket }: SeenSocket, inventory: Inventory): Verdict {
  if (!hasHiddenOwner(record, socket.owners)) return 'allowed';
  const peer = socket.protocol === 'tcp' && socket.peer ? inventory.get(socket.peer) : undefined;
  return peer && peer.socket.owners.length > 0 ? 'allowed' : 'denied';
}
