/** Scans what a filter may match: not all sockets where it names ports or processes. */

import { filterInSlices } from '../common/slices';
import type { Context } from '../context';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { asksForClosed, type Filter, limits, portsOfFilter, type Socket } from '../protocol';

interface FilteredScan {
  /** All that matches is in it, with owners and peers. */
  readonly inventory: Inventory;
  /** All sockets are in it that have a port which the filter names, or all. */
  readonly isByPorts: boolean;
}

/** Errors: brokerLost, kernelRefused. */
export async function scanFiltered(
  context: Context,
  filter: Filter,
  matches: (socket: Socket) => boolean,
): Promise<FilteredScan> {
  const ports = portsOfFilter(filter);
  const selected = ports ? await scanPorts(context, ports) : await scanProcesses(context, filter);
  if (selected && !lacksPeer(selected, matches)) return { inventory: selected, isByPorts: ports !== null };
  return { inventory: await context.scanner.scan(), isByPorts: true };
}

/** For PackedList.connections. */
export async function connectionsOf({
  inventory,
  isByPorts,
}: FilteredScan): Promise<readonly string[] | null> {
  if (!isByPorts) return null;
  const connections = await filterInSlices(inventory.all(), isConnection);
  return connections.length <= limits.connections ? connections.map(({ id }) => id) : null;
}

function isConnection({ socket: { protocol, state } }: SeenSocket): boolean {
  return protocol === 'tcp' && state === 'established';
}

function scanPorts({ scanner }: Context, ports: readonly number[]): Promise<Inventory> {
  return scanner.scanFor(ports.map((port) => ({ local: { port }, remote: null })));
}

/** Null: the filter names no processes, or such a scan may lack something. */
async function scanProcesses({ scanner, broker }: Context, filter: Filter): Promise<Inventory | null> {
  const pids = broker && pidsOfFilter(filter);
  const held = pids && (await scanner.heldBy(pids));
  if (!held) return null;
  const sockets = asksForClosed(filter) ? held : held.filter(({ local }) => local.port > 0);
  // The port of a raw socket is no port. What has none at all is for scanFor to find out.
  if (sockets.length === 0 || sockets.some(({ protocol }) => protocol === 'raw')) return null;
  // Others may hold them, too, and their peers. Of all namespaces, which are part of the answer.
  return scanner.scanFor(sockets.map(({ local, remote }) => ({ local, remote })));
}

/** Every socket that matches is held by one of these; null: the filter does not say so. */
function pidsOfFilter(filter: Filter): readonly number[] | null {
  for (const term of filter) if (term.key === 'pid' && !term.negated) return term.values;
  return null;
}

/**
 * Behind a published port of a container the other end has other ports: only all sockets show it, by sequence numbers, which what
 * has no owner lacks.
 */
function lacksPeer(selected: Inventory, matches: (socket: Socket) => boolean): boolean {
  return [...selected.all()].some(
    ({ socket }) =>
      socket.remote !== null &&
      socket.protocol === 'tcp' &&
      socket.owners.length > 0 &&
      !socket.peer &&
      matches(socket),
  );
}
