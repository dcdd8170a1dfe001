/** Who can change a file: whoever may write it, or a folder above it, in which another one can be put in its place. */

import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Each of the file and the folders above it that others than root can change, outermost first: `/home/me belongs to uid 1000`.
 * Empty: root alone can. A symbolic link counts as changeable: ask about what it leads to. Throws where something is missing.
 */
export function changeableByOthers(path: string): string[] {
  return reasonsOf(withFoldersAbove(path));
}

/** As changeableByOthers, of what may be missing: whoever can make it can change it. */
export function makeableByOthers(path: string): string[] {
  const isThere = (part: string) => lstatSync(part, { throwIfNoEntry: false }) !== undefined;
  return reasonsOf(withFoldersAbove(path).filter(isThere));
}

function reasonsOf(paths: string[]): string[] {
  return paths.map(whyChangeable).filter((reason) => reason !== null);
}

/** Of `/usr/bin/node`: `/`, `/usr`, `/usr/bin` and the file. */
export function withFoldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [path] : [...withFoldersAbove(folder), path];
}

/** Access lists need no look of their own: what they allow at most is in the bits of the group. */
function whyChangeable(path: string): string | null {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `${path} is a symbolic link`;
  if (stats.uid !== 0) return `${path} belongs to uid ${stats.uid}`;
  return (stats.mode & 0o022) === 0 ? null : `${path} can be written by others than root`;
}
