/** The network namespaces of this machine, with the names that people know them by. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Listing } from '../broker-link/broker';
import type { Container, Namespace } from '../protocol';
import type { KnownSocket } from './known-sockets';

/** Where `ip netns add` binds the namespaces it makes. */
const namesFolder = '/run/netns';

export function describeNamespaces(
  namespaces: Listing['namespaces'],
  sockets: readonly KnownSocket[],
  own: number,
): Namespace[] {
  const names = namespaceNames();
  const containers = containersByNamespace(sockets, own);
  return namespaces.map(({ netns, errno }) => ({
    netns,
    own: netns === own,
    name: names.get(netns) ?? null,
    container: containers.get(netns) ?? null,
    errno,
  }));
}

/** By inode number. Files there that are not namespaces have other numbers, which no namespace has. */
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

function containersByNamespace(sockets: readonly KnownSocket[], own: number): Map<number, Container> {
  const containers = new Map<number, Container>();
  for (const { record, container } of sockets)
    if (container && record.netns !== own && !containers.has(record.netns))
      containers.set(record.netns, container);
  return containers;
}
