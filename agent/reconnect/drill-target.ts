/** Selects the sockets that a round of a drill destroys, and the processes whose attempts count. */

import { judge } from '../access/verdicts';
import type { Broker } from '../broker-link/broker';
import { matcher } from '../inventory/filter-match';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import {
  type DrillParams,
  type Endpoint,
  type Filter,
  formatEndpoint,
  type Namespace,
  type ProcessId,
  type Target,
  targetOf,
  withoutMapping,
} from '../protocol';

/** A connection that a round is to cut, from the client's end. */
export interface Cut {
  readonly cookie: string;
  readonly pids: readonly number[];
  readonly remote: Endpoint;
}

export interface DrillTarget {
  /** To destroy; empty: nothing matches now. */
  readonly targets: readonly Target[];
  /** Connections that match, and that the scope allows. */
  readonly allowed: readonly SeenSocket[];
  /** And that it does not allow. */
  readonly denied: number;
  /** The connection of each target. */
  readonly cuts: readonly Cut[];
  /** Cookies of the client ends: when the first of them closes, the round begins. */
  readonly cookies: readonly string[];
  /** Processes that are expected to reconnect. */
  readonly processes: readonly (ProcessId & { readonly name: string })[];
  /** Remotes of the connections, as remoteKey. */
  readonly remotes: ReadonlySet<string>;
  readonly seen: readonly SeenSocket[];
  readonly namespaces: readonly Namespace[];
}

/** The end of a connection that called connect(). */
interface ClientEnd {
  readonly seen: SeenSocket;
  readonly remote: Endpoint;
}

export async function drillTarget(
  broker: Broker,
  inventory: Inventory,
  params: Pick<DrillParams, 'end' | 'oneOfPool'>,
  filter: Filter,
  named: (seen: SeenSocket) => SeenSocket,
): Promise<DrillTarget> {
  const matches = matcher(filter);
  const matching = [...inventory.all()].filter(
    (seen) =>
      seen.socket.protocol === 'tcp' &&
      seen.socket.state === 'established' &&
      !seen.socket.lifeline &&
      matches(named(seen).socket),
  );
  // A client's end that is in question may not match itself, when its server's does.
  const ends = onePerConnection(matching, inventory).map(({ seen }) => seen);
  const judgements = await judge(broker, [...new Set([...matching, ...ends])]);
  const connections = matching.filter((seen) => judgements.get(seen)?.verdict === 'allowed');
  // Both ends of a connection may match: it counts once.
  const reachable = onePerConnection(connections, inventory);
  // Who owns the server may cut the connections of others, and would not see how they come back.
  const pool = reachable.filter(({ seen }) => judgements.get(seen)?.watchable);
  const chosen = params.oneOfPool ? pool.slice(0, 1) : pool;
  const cut = chosen.flatMap(({ seen, remote }) => {
    const target = params.end === 'local' ? seen.socket : seen.socket.peer;
    return target ? [{ target: targetOf(target), cut: cutOf(seen, remote) }] : [];
  });
  return {
    allowed: connections,
    denied: matching.length - connections.length + reachable.length - pool.length,
    targets: cut.map(({ target }) => target),
    cuts: cut.map((each) => each.cut),
    cookies: chosen.map(({ seen }) => seen.record.cookie),
    processes: processesOf(chosen),
    remotes: new Set(chosen.map(({ remote }) => remoteKey(remote))),
    seen: chosen.map(({ seen }) => seen),
    namespaces: inventory.namespaces,
  };
}

function cutOf({ record, holders }: SeenSocket, remote: Endpoint): Cut {
  return { cookie: record.cookie, pids: holders.map(({ pid }) => pid), remote };
}

/** One spelling for each remote. */
export function remoteKey({ address, port }: Endpoint): string {
  return formatEndpoint({ address: withoutMapping(address), port });
}

/** The client ends of these connections where they are on this machine; other sockets as they are. */
export function clientEnds(connections: readonly SeenSocket[], inventory: Inventory): SeenSocket[] {
  return onePerConnection(connections, inventory).map(({ seen }) => seen);
}

function listeningPorts(inventory: Inventory): ReadonlySet<string> {
  const ports = new Set<string>();
  for (const { socket } of inventory.all())
    if (socket.state === 'listen') ports.add(`${socket.netns}/${socket.local.port}`);
  return ports;
}

/** Tells which connections a server has accepted. */
export function acceptedIn(inventory: Inventory): (seen: SeenSocket) => boolean {
  const listening = listeningPorts(inventory);
  return ({ socket: { protocol, netns, local } }) =>
    protocol === 'tcp' && listening.has(`${netns}/${local.port}`);
}

function onePerConnection(connections: readonly SeenSocket[], inventory: Inventory): ClientEnd[] {
  const isAccepted = acceptedIn(inventory);
  const found = new Map<string, ClientEnd>();
  for (const seen of connections) {
    const clientEnd = isAccepted(seen) ? (peerNear(seen, inventory) ?? seen) : seen;
    if (!clientEnd?.socket.remote || clientEnd.socket.lifeline) continue;
    found.set(clientEnd.id, { seen: clientEnd, remote: clientEnd.socket.remote });
  }
  return [...found.values()];
}

/** Only of the same namespace: a user may forge tuple and sequence numbers in one of his own. */
function peerNear({ socket: { peer, netns } }: SeenSocket, inventory: Inventory): SeenSocket | undefined {
  return peer?.netns === netns ? inventory.get(peer) : undefined;
}

function processesOf(chosen: readonly ClientEnd[]): DrillTarget['processes'] {
  const holders = chosen.flatMap(({ seen }) => seen.holders);
  return [
    ...new Map(
      holders.map(({ pid, startTime, name }) => [`${pid}/${startTime}`, { pid, startTime, name }]),
    ).values(),
  ];
}
