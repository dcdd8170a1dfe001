/** Describes network namespaces: names by `ip netns`, containers by their processes. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelListing } from '../broker-link/list-records';
import { type Container, limits, type Namespace } from '../protocol';

/** Where `ip netns add` binds the namespaces it makes. */
const namesFolder = '/run/netns';

export function describeNamespaces(
  namespaces: KernelListing['namespaces'],
  containers: ReadonlyMap<number, Container>,
  own: number,
): Namespace[] {
  const names = namespaceNames();
  const described = namespaces.map(({ netns, errno }) => ({
    netns,
    own: netns === own,
    name: names.get(netns) ?? null,
    container: containers.get(netns) ?? null,
    errno,
  }));
  return described.length <= limits.namespaces ? described : bestKnown(described);
}

/**
 * Any user can make any number of namespaces, and they are part of every answer: the agent's own and those with a name stay, then those
 * that could not be read.
 */
function bestKnown(namespaces: readonly Namespace[]): Namespace[] {
  const rank = ({ own, name, container, errno }: Namespace) =>
    own ? 0 : name !== null ? 1 : container ? 2 : errno !== null ? 3 : 4;
  return [...namespaces].sort((a, b) => rank(a) - rank(b)).slice(0, limits.namespaces);
}

/** By inode number. Other files in that folder do no harm: no namespace has their numbers. */
function namespaceNames(): Map<number, string> {
  const names = new Map<number, string>();
  for (const name of entries(namesFolder)) {
    try {
      names.set(statSync(join(namesFolder, name)).ino, name);
    } catch {
      // Deleted meanwhile.
    }
  }
  return names;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // `ip netns` was never used.
  }
}
