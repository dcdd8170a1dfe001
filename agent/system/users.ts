/** Reads subordinate uids of users from /etc/subuid. */

import { readFileSync, statSync } from 'node:fs';
import type { UidRange } from '../broker-link/outage-records';
import { passwdFile, userOf } from '../common/passwd';

/** The client of a connection, as the kernel recorded it at connect(). */
export interface ClientIdentity {
  readonly uid: number;
  readonly pid: number;
}

/** Whether `uid` is the user's own, or a subordinate one (rootless containers). */
export function isUidOf(uid: number, user: number): boolean {
  return uid === user || subordinatesOf(user).some(({ first, count }) => uid >= first && uid < first + count);
}

const subuidFile = '/etc/subuid';

/** Milliseconds for which the files are taken to be as they were: a scan asks for every socket. */
const unchangedForMs = 20;

const known = { stamp: '', checkedMs: Number.NEGATIVE_INFINITY, ranges: new Map<number, UidRange[]>() };

/** The ranges of /etc/subuid that belong to a uid, and to nobody else. Read again when the files have changed. */
export function subordinatesOf(uid: number): UidRange[] {
  forgetChanged();
  let ranges = known.ranges.get(uid);
  if (!ranges) {
    ranges = subordinateRanges(readText(subuidFile), uid, userOf(uid));
    known.ranges.set(uid, ranges);
  }
  return ranges;
}

function forgetChanged(): void {
  const now = performance.now();
  if (now - known.checkedMs < unchangedForMs) return;
  known.checkedMs = now;
  const stamp = [subuidFile, passwdFile].map(stampOf).join();
  if (stamp !== known.stamp) known.ranges.clear();
  known.stamp = stamp;
}

/** Differs whenever the file has changed. */
function stampOf(path: string): string {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  return status ? [status.ino, status.size, status.mtimeNs, status.ctimeNs].join(' ') : 'none';
}

/** As native/src/law/scope.cc, which decides, has it: a range that overlaps another user's proves nothing. */
export function subordinateRanges(subuid: string, uid: number, name: string | null): UidRange[] {
  const all = subuid.split('\n').flatMap((line) => {
    const [owner = '', first = '', count = '', ...more] = line.split(':');
    const range = { first: numberOf(first), count: numberOf(count) };
    const isSane =
      more.length === 0 &&
      range.first >= minSubordinate &&
      range.count > 0 &&
      range.first + range.count <= endOfUids;
    const isOurs = numberOf(owner) === uid || (owner !== '' && owner === name);
    return isSane ? [{ range, isOurs }] : [];
  });
  const rivals = all.filter(({ isOurs }) => !isOurs);
  return all
    .filter(({ range, isOurs }) => isOurs && !rivals.some((rival) => overlap(range, rival.range)))
    .map(({ range }) => range);
}

/** Uids of people and of the system lie below. */
const minSubordinate = 65_536;

/** All ones is no uid. */
const endOfUids = 0xffff_ffff;

/** A number without sign, blank or anything behind it; NaN: none. */
function numberOf(text: string): number {
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
}

function overlap(a: UidRange, b: UidRange): boolean {
  return a.first < b.first + b.count && b.first < a.first + a.count;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
