/** Counts sockets like one: leaked ones of its process, and ports that are used up. Pure. */

import { groupBy } from '../../common/group-by';
import { processText } from '../../common/process-text';
import { t } from '../../common/translate';
import { type Owner, type Socket, withoutMapping } from '../../protocol';
import { farEnd, poolsOf } from '../leaks/pools';

/** Connections of one process to one remote, or accepted on one port, in close-wait. */
export interface Leak {
  readonly owner: Owner;
  /** `to 127.0.0.1:5414`, or `on port 8080` of a server. */
  readonly where: string;
  readonly count: number;
  /** Those whose peer closed in the last minute; null: not known. */
  readonly lastMinute: number | null;
}

/** Fewer are no leak: each program needs a moment to close. */
const minLeak = 3;
/** A list, and a group of the tree, says so from this number on. */
export const minListedLeak = 10;

interface FoundLeak {
  readonly leak: Omit<Leak, 'lastMinute'>;
  readonly sockets: readonly Socket[];
}

/** The leak that a socket belongs to; null: there are few, or the state is another. `all`: of its process at least. */
export function leakOf(socket: Socket, all: readonly Socket[]): FoundLeak | null {
  if (socket.state !== 'close-wait') return null;
  return (
    leaksIn(all, minLeak).find(({ sockets }) => sockets.some(({ cookie }) => cookie === socket.cookie)) ??
    null
  );
}

/** The larger leaks among these sockets, the largest first. `all`: with the listeners of their processes. */
export function leaksOf(all: readonly Socket[]): readonly FoundLeak[] {
  return leaksIn(all, minListedLeak).sort((a, b) => b.leak.count - a.leak.count);
}

/** Processes with so many connections in close-wait that they may leak. */
export function leakingPids(sockets: readonly Socket[]): number[] {
  const waiting = sockets.filter(({ state, owners }) => state === 'close-wait' && owners.length > 0);
  const byPid = groupBy(waiting, ({ owners }) => owners[0]?.pid ?? 0);
  return [...byPid].flatMap(([pid, { length }]) => (length < minListedLeak ? [] : pid));
}

function leaksIn(all: readonly Socket[], min: number): FoundLeak[] {
  const waiting = all.filter(({ state }) => state === 'close-wait');
  if (waiting.length < min) return [];
  return poolsOf(waiting, all).flatMap(({ owner, where, sockets }) =>
    sockets.length < min ? [] : [{ leak: { owner, where, count: sockets.length }, sockets }],
  );
}

/** `26 of python3 (pid 42) to 127.0.0.1:5414, 10 in the last minute: the program does not close them; destroying them cures nothing` */
export function leakText({ owner, where, count, lastMinute }: Leak): string {
  const found = t('{0} of {1} {2}', String(count), processText(owner), where);
  const grown = lastMinute === null ? found : t('{0}, {1} in the last minute', found, String(lastMinute));
  return t('{0}: the program does not close them; destroying them cures nothing', grown);
}

export interface ClientPorts {
  readonly used: number;
  /** Ports that the kernel may choose for a connection to one remote, from one address. */
  readonly of: number;
  /** Processes by number of these ports, the largest first; those without a process are in time-wait or the like. */
  readonly by: readonly { readonly owner: Owner | null; readonly count: number }[];
}

/** Of the connections from the socket's address to its remote; null: its port is none that the kernel chooses. `all`: to that remote. */
export function clientPortsOf(
  socket: Socket,
  all: readonly Socket[],
  ports: { readonly first: number; readonly last: number },
  isReserved: (port: number) => boolean,
): ClientPorts | null {
  const isChosen = ({ port }: Socket['local']) =>
    port >= ports.first && port <= ports.last && !isReserved(port);
  if (!socket.remote || socket.protocol !== 'tcp' || !isChosen(socket.local)) return null;
  const near = withoutMapping(socket.local.address);
  const used = new Map<number, Owner | null>();
  for (const one of all)
    if (
      one.netns === socket.netns &&
      one.protocol === 'tcp' &&
      farEnd(one) === farEnd(socket) &&
      withoutMapping(one.local.address) === near &&
      isChosen(one.local)
    )
      used.set(one.local.port, one.owners[0] ?? null);
  let available = 0;
  for (let port = ports.first; port <= ports.last; port++) if (!isReserved(port)) available++;
  return { used: used.size, of: available, by: countByOwner([...used.values()]) };
}

/** `20 of 20 to 127.0.0.1:5414, by python3 (pid 42): no further connection can be made from 127.0.0.1` */
export function clientPortsText(socket: Socket, { used, of, by }: ClientPorts): string {
  const each = by.map(({ owner, count }) => {
    const who = owner ? processText(owner) : t('no process');
    return by.length === 1 ? t('by {0}', who) : t('{0} by {1}', String(count), who);
  });
  const shown =
    each.length > maxShown
      ? [...each.slice(0, maxShown), t('{0} more', String(each.length - maxShown))]
      : each;
  const names = shown.join(', ');
  const text = t('{0} of {1} to {2}, {3}', String(used), String(of), farEnd(socket), names);
  return used < of ? text : t('{0}: connect fails with EADDRNOTAVAIL until one is closed', text);
}

/** Processes that are named. */
const maxShown = 3;

function countByOwner(owners: readonly (Owner | null)[]): ClientPorts['by'] {
  const counts = new Map<number, { owner: Owner | null; count: number }>();
  for (const owner of owners) {
    const known = counts.get(owner?.pid ?? 0);
    if (known) known.count++;
    else counts.set(owner?.pid ?? 0, { owner, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
