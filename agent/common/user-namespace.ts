/** What the user namespace of this process has: in a rootless container few ids, and of most other files it cannot be seen whose they are. */

import { readFileSync, type Stats } from 'node:fs';

/** First and last id. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** What systemd calls DynamicUser: accounts are never made with these. An agent runs under one of them. */
export const dynamicIds: IdRange = { first: 61_184, last: 65_519 };

/** The last id, which has a place where all have one. */
const lastId = 2 ** 32 - 2;

/** The ids inside, by a uid_map or gid_map: lines of first id inside, first outside, count. */
function idsInside(map: string): IdRange[] {
  return map
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((numbers) => numbers.length === 3)
    .map(([first = 0, , count = 0]) => ({ first, last: first + count - 1 }));
}

export function isInMap(map: string, id: number): boolean {
  return mapsAny(map, { first: id, last: id });
}

/** Whether it has one of these. */
export function mapsAny(map: string, ids: IdRange): boolean {
  return idsInside(map).some(({ first, last }) => first <= ids.last && last >= ids.first);
}

export function ownUidMap(): string {
  return readFileSync('/proc/self/uid_map', 'utf8');
}

/** Elsewhere, as in a rootless container, root of the machine is nobody. */
export function hasAllUids(map = ownUidMap()): boolean {
  return idsInside(map).some(({ last }) => last === lastId);
}

/** As whose the files of all are shown who have no uid here. */
const overflowUid = 65_534;

/** Whether it cannot be seen whose the file is. Where every uid has a place, this one is an account like others. */
export function isOwnerHidden({ uid }: Stats): boolean {
  return uid === overflowUid && !hasAllUids();
}
