/** Scans what a filter may match: not all sockets where it names ports, processes or cookies. */

import { existsSync } from 'node:fs';
import type { Context } from '../context';
import type { Inventory } from '../inventory/inventory';
import { canSelect, type PortEnds, type Scanner } from '../inventory/scanner';
import {
  asksForClosed,
  type Filter,
  idKey,
  limits,
  portsOfFilter,
  type Socket,
  withoutMapping,
} from '../protocol';

interface FilteredScan {
  /** All that matches is in it, with owners and peers. */
  readonly inventory: Inventory;
  /** All sockets are in it that have a port which the filter names, or all. */
  readonly isByPorts: boolean;
}

/** A scan of some sockets. */
interface Selected {
  readonly inventory: Inventory;
  /** What it was of. */
  readonly ends: readonly PortEnds[];
}

/** Errors: brokerLost, kernelRefused. */
export async function scanFiltered(
  context: Context,
  filter: Filter,
  matches: (socket: Socket) => boolean,
): Promise<FilteredScan> {
  const ports = portsOfFilter(filter);
  const selected = await scanSelected(context, filter, ports);
  const inventory = selected && (await withPeers(context.scanner, selected, matches));
  return inventory
    ? { inventory, isByPorts: ports !== null }
    : { inventory: await context.scanner.scan(), isByPorts: true };
}

/** For PackedList.connections. */
export function connectionsOf({ inventory, isByPorts }: FilteredScan): readonly string[] | null {
  if (!isByPorts) return null;
  const connections = inventory.rows.connections();
  return connections.length <= limits.connections ? connections.map(idKey) : null;
}

/** Null: the filter names nothing that can be selected, or such a scan may lack something. */
async function scanSelected(
  context: Context,
  filter: Filter,
  ports: readonly number[] | null,
): Promise<Selected | null> {
  const { scanner } = context;
  if (ports) return scanEnds(scanner, ports.map(endAt));
  const cookies = cookiesOfFilter(filter);
  if (cookies) return scanCookies(scanner, cookies);
  const ends = await endsOfProcesses(context, filter);
  // Others may hold them, too, and their peers. Of all namespaces, which are part of the answer.
  return ends && scanEnds(scanner, ends);
}

async function scanEnds(scanner: Scanner, ends: readonly PortEnds[]): Promise<Selected> {
  return { inventory: await scanner.scanFor(ends), ends };
}

/** By the ports that they had when they were seen last. Null: one was not seen, or has other ports now, or is closed. */
async function scanCookies(scanner: Scanner, cookies: readonly string[]): Promise<Selected | null> {
  const known = cookies.map((cookie) => scanner.lastSeen(cookie));
  const ends = known.flatMap((seen) =>
    seen ? { local: seen.socket.local, remote: seen.socket.remote } : [],
  );
  if (ends.length < cookies.length) return null;
  const selected = await scanEnds(scanner, ends);
  return known.every((seen) => seen && selected.inventory.get(seen.socket)) ? selected : null;
}

/** Null: the filter names no processes, or they hold what no selection finds. */
async function endsOfProcesses(
  { scanner, broker }: Context,
  filter: Filter,
): Promise<readonly PortEnds[] | null> {
  const pids = broker && pidsOfFilter(filter);
  const held = pids && (await scanner.heldBy(pids));
  if (!held) return null;
  const sockets = asksForClosed(filter) ? held : held.filter(({ local }) => local.port > 0);
  // The port of a raw socket is no port. What has none at all is for scanFor to find out.
  if (sockets.length === 0 || sockets.some(({ protocol }) => protocol === 'raw')) return null;
  return sockets.map(({ local, remote }) => ({ local, remote }));
}

/** Every socket that matches is held by one of these; null: the filter does not say so. */
function pidsOfFilter(filter: Filter): readonly number[] | null {
  for (const term of filter) if (term.key === 'pid' && !term.negated) return term.values;
  return null;
}

/** Every socket that matches has one of these; likewise. */
function cookiesOfFilter(filter: Filter): readonly string[] | null {
  for (const term of filter) if (term.key === 'cookie' && !term.negated) return term.values;
  return null;
}

/**
 * Behind a published port of a container the other end has another port than the one that was asked for, but mostly the same one of
 * the client. Null: only a scan of all sockets can show the peer of one, by sequence numbers, which what has no owner lacks.
 */
async function withPeers(
  scanner: Scanner,
  { inventory, ends }: Selected,
  matches: (socket: Socket) => boolean,
): Promise<Inventory | null> {
  const apart = withoutPeer(inventory, matches);
  if (apart.length === 0 || !translatesAddresses()) return inventory;
  const ports = new Set(apart.flatMap(({ local, remote }) => [local.port, remote?.port ?? 0]));
  const wider = [...ends, ...[...ports].filter((port) => port > 0).map(endAt)];
  if (!canSelect(wider)) return null;
  const { inventory: again } = await scanEnds(scanner, wider);
  return withoutPeer(again, matches).some(staysHere) ? null : again;
}

function withoutPeer(inventory: Inventory, matches: (socket: Socket) => boolean): Socket[] {
  const isApart = (socket: Socket) =>
    socket.remote !== null &&
    socket.protocol === 'tcp' &&
    socket.owners.length > 0 &&
    !socket.peer &&
    matches(socket);
  return [...inventory.all()].map(({ socket }) => socket).filter(isApart);
}

/** Its peer is certainly on this machine. Any other one that a scan of its ports did not find is elsewhere. */
function staysHere({ local, remote }: Socket): boolean {
  const [near, far] = [local, remote ?? local].map(({ address }) => withoutMapping(address));
  return near === far || far?.startsWith('127.') === true;
}

/** Without the kernel's connection tracking, nothing changes the ports of one end alone. */
function translatesAddresses(): boolean {
  return existsSync('/proc/sys/net/netfilter/nf_conntrack_max');
}

function endAt(port: number): PortEnds {
  return { local: { port }, remote: null };
}
