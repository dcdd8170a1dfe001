/** What a filter names and this machine lacks. A filter that matches nothing is no mistake, but may have one. */

import { existsSync } from 'node:fs';
import { isCut } from '../common/namespace-text';
import { passwdFile, uidOf } from '../common/passwd';
import { type Filter, limits, type Namespace } from '../protocol';
import type { Containers } from './containers';
import { printNotice } from './output';

/** On standard error, whatever matches. */
export function printAbsentUsers(filter: Filter): void {
  const names = filter.flatMap((term) => (term.key === 'user' ? term.values : []));
  for (const name of names)
    if (uidOf(name) === undefined)
      printNotice(`There is no user "${name}" in ${passwdFile}: give a uid, such as user:1000.`);
}

/** Likewise processes, namespaces and containers, after a list without a row. `namespaces`: all that it was made of. */
export function printAbsent(filter: Filter, namespaces: readonly Namespace[], containers: Containers): void {
  for (const { key, negated, values } of filter) {
    if (negated) continue;
    if (key === 'pid') printAbsentProcesses(values);
    if (key === 'net') printAbsentNamespaces(values, namespaces);
    if (key === 'container') printAbsentContainers(values, containers);
  }
}

function printAbsentProcesses(pids: readonly number[]): void {
  for (const pid of pids) if (!existsSync(`/proc/${pid}`)) printNotice(`No process ${pid} can be seen here.`);
}

function printAbsentNamespaces(inodes: readonly number[], namespaces: readonly Namespace[]): void {
  for (const inode of inodes)
    if (!namespaces.some(({ netns }) => netns === inode))
      printNotice(
        isCut(namespaces)
          ? `There are ${limits.namespaces} network namespaces or more: whether one of them has the inode ${inode}, and could be read, is not known.`
          : `No network namespace that can be read here has the inode ${inode}.`,
      );
}

function printAbsentContainers(names: readonly string[], containers: Containers): void {
  for (const name of names)
    if (!containers.has(name))
      printNotice(`Neither podman nor docker, asked as this user, has a container "${name}".`);
}
