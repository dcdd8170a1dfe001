/** Users of /etc/passwd: the names that a filter knows. */

import { readFileSync } from 'node:fs';

export const passwdFile = '/etc/passwd';

/** The name of a user; null: there is none of this uid. */
export function userOf(uid: number): string | null {
  const entry = entries().find((line) => line.split(':')[2] === String(uid));
  return entry?.split(':')[0] ?? null;
}

/** The uid of a user's name, or of a number itself; undefined: there is none of this name. */
export function uidOf(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const uid = entries()
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')[2];
  return uid === undefined ? undefined : Number(uid);
}

function entries(): string[] {
  try {
    return readFileSync(passwdFile, 'utf8').split('\n');
  } catch {
    return [];
  }
}
