import { statSync } from 'node:fs';

/** Inode number of this process's own network namespace. */
export function ownNamespace(): number {
  return statSync('/proc/self/ns/net').ino;
}
