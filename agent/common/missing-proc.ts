import { existsSync } from 'node:fs';

/** A sentence; null: /proc shows this process. */
export function missingProc(): string | null {
  if (existsSync('/proc/self/fd')) return null;
  return '/proc does not show this process, and sockets and their owners are read from there: mount it (mount -t proc proc /proc), then try again';
}
