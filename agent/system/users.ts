/** Reads users and their subordinate uids from /etc/passwd and /etc/subuid. */

import { readFileSync } from 'node:fs';
import type { UidRange } from '../broker-link/outage-records';

/** The client of a connection, as the kernel recorded it at connect(). */
export interface ClientIdentity {
  readonly uid: number;
  readonly pid: number;
}

/** Whether `uid` is the user's own, or a subordinate one (rootless containers). */
export function isUidOf(uid: number, user: number): boolean {
  return uid === user || subordinatesOf(user).some(({ first, count }) => uid >= first && uid < first + count);
}

const subuidCache = new Map<number, UidRange[]>();

/** The ranges of /etc/subuid that belong to a uid, read once. */
export function subordinatesOf(uid: number): UidRange[] {
  let ranges = subuidCache.get(uid);
  if (!ranges) {
    ranges = readSubuid(uid);
    subuidCache.set(uid, ranges);
  }
  return ranges;
}

function readSubuid(uid: number): UidRange[] {
  const owners = new Set([String(uid), userOf(uid) ?? '']);
  return readLines('/etc/subuid').flatMap((line) => {
    const [owner, first, count] = line.split(':');
    const range = { first: Number(first), count: Number(count) };
    const sane = range.first >= 65536 && range.count > 0 && Number.isSafeInteger(range.first + range.count);
    return owner && owners.has(owner) && sane ? [range] : [];
  });
}

/** The name of a user; null where /etc/passwd has none. */
export function userOf(uid: number): string | null {
  const entry = readLines('/etc/passwd').find((line) => line.split(':')[2] === String(uid));
  return entry?.split(':')[0] ?? null;
}

/** The uid of a user's name; undefined where /etc/passwd has none. */
export function uidOf(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const uid = readLines('/etc/passwd')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')[2];
  return uid === undefined ? undefined : Number(uid);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
