/** Names of containers, for the agent: it may not ask their runtimes itself. */

import { limits, nameContainers } from '../protocol';
import { containerNames, type NamedContainer } from './container-names';
import type { Requester } from './requester';

/** Asks the runtimes of this user; resolves with what was told, which is nothing where none answers. */
export async function tellContainers(client: Requester): Promise<readonly NamedContainer[]> {
  const containers = (await containerNames()).slice(0, limits.containers);
  if (containers.length > 0) await client.request(nameContainers, { containers });
  return containers;
}
