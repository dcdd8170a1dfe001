/** Who may act on what. Every rule says yes to something; what none of them names is denied. */

import { readFileSync } from 'node:fs';
import { kernelState } from '../broker-link/kernel-states';
import type { Inventory, SeenSocket } from '../inventory/inventory';
import { isOutOfSight } from '../inventory/lifeline';
import type { Scope } from '../protocol';
import { idKey } from '../protocol/keys';

/** Who asks: the peer of the connection, as the kernel recorded it at connect(). */
export interface Client {
  readonly uid: number;
  readonly pid: number;
}

const unprivilegedPort = 1024;

/**
 * `mine` allows a socket that the client's uid holds at either end, its orphans, and time-wait on an unprivileged port that
 * nobody else holds. Root, and any client of an agent started with --scope all, may act on everything.
 */
export function inScope(seen: SeenSocket, inventory: Inventory, client: Client, scope: Scope): boolean {
  if (client.uid === 0 || scope === 'all') return true;
  const { record, socket } = seen;
  if (holds(seen, client)) return true;
  // Who holds one end of a TCP connection can reset the other anyway; of UDP sockets that is not so.
  // Only in the same namespace: addresses and ports of another one, its user may make up.
  const peer =
    socket.peer && socket.protocol === 'tcp' && socket.peer.netns === socket.netns
      ? inventory.get(socket.peer)
      : undefined;
  if (peer && holds(peer, client)) return true;
  if (record.kernelState === kernelState.timeWait)
    return record.local.port >= unprivilegedPort && !heldByOthers(seen, inventory, client);
  const ownerless = socket.owners.length === 0 && !isOutOfSight(record, socket.owners);
  return ownerless && isUidOf(record.uid, client.uid);
}

function holds(seen: SeenSocket, client: Client): boolean {
  return seen.ownerUids.some((uid) => isUidOf(uid, client.uid));
}

/** The user's own uid, or a subordinate one of it (rootless containers). */
export function isUidOf(uid: number, user: number): boolean {
  return uid === user || subordinatesOf(user).some(({ first, count }) => uid >= first && uid < first + count);
}

function heldByOthers(seen: SeenSocket, inventory: Inventory, client: Client): boolean {
  for (const other of inventory.all()) {
    if (idKey(other.socket) === idKey(seen.socket) || other.socket.netns !== seen.socket.netns) continue;
    if (other.socket.local.port !== seen.socket.local.port) continue;
    if (other.socket.protocol !== seen.socket.protocol) continue;
    if (other.ownerUids.some((uid) => !isUidOf(uid, client.uid))) return true;
    if (isOutOfSight(other.record, other.socket.owners)) return true;
  }
  return false;
}

export interface UidRange {
  readonly first: number;
  readonly count: number;
}

const known = new Map<number, UidRange[]>();

/** The ranges of /etc/subuid that belong to a uid, read once. */
export function subordinatesOf(uid: number): UidRange[] {
  let ranges = known.get(uid);
  if (!ranges) {
    ranges = readSubuid(uid);
    known.set(uid, ranges);
  }
  return ranges;
}

function readSubuid(uid: number): UidRange[] {
  const owners = new Set([String(uid), userOf(uid) ?? '']);
  return lines('/etc/subuid').flatMap((line) => {
    const [owner, first, count] = line.split(':');
    const range = { first: Number(first), count: Number(count) };
    const sane = range.first >= 65536 && range.count > 0 && Number.isSafeInteger(range.first + range.count);
    return owner && owners.has(owner) && sane ? [range] : [];
  });
}

/** The name of a user; null where /etc/passwd has none. */
export function userOf(uid: number): string | null {
  const entry = lines('/etc/passwd').find((line) => line.split(':')[2] === String(uid));
  return entry?.split(':')[0] ?? null;
}

/** The uid of a user's name; undefined where /etc/passwd has none. */
export function uidOf(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const uid = lines('/etc/passwd')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')[2];
  return uid === undefined ? undefined : Number(uid);
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
