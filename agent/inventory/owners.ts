/** Owners as clients see them. */

import type { Owner } from '../protocol';
import type { NamedOwner } from '../system/processes';

/** Characters of all command lines of a socket's owners, and the least that each may have. */
const maxCommands = 65_536;
const minCommand = 128;

const nobody: readonly Owner[] = [];

/** Many owners have short command lines, so that one socket fits into a message. */
export function toOwners(owners: readonly NamedOwner[]): readonly Owner[] {
  if (owners.length === 0) return nobody;
  const length = Math.max(minCommand, Math.floor(maxCommands / owners.length));
  return owners.map(({ pid, startTime, fd, name, command }) => ({
    pid,
    startTime,
    fd,
    name,
    command: command.length > length ? command.slice(0, length) : command,
  }));
}

/** Both are sorted by pid and descriptor. */
export function sameOwners(a: readonly Owner[], b: readonly Owner[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ pid, fd, name, startTime }, index) => {
        const other = b[index];
        return other?.pid === pid && other.fd === fd && other.name === name && other.startTime === startTime;
      }))
  );
}
