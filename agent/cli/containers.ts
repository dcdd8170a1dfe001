/** Names of containers: asked of their runtimes as this user, told to the agent, and only where they matter. */

import type { Client } from '../client/connect';
import { type Listing, listAll } from '../client/list-all';
import { tellContainers } from '../client/tell-containers';
import type { Filter, Socket } from '../protocol';

export class Containers {
  readonly #client: Client;
  #names: ReadonlyMap<string, string> = new Map();
  readonly #asked = new Set<string>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** As listAll, with the names of containers. */
  async list(text: string, filter: Filter): Promise<Listing> {
    const byName = filter.some(({ key }) => key === 'container');
    if (byName) await this.learn();
    const listing = await listAll(this.#client, text);
    if (byName || !listing.sockets.some(isNameless)) return listing;
    return (await this.learn()) ? listAll(this.#client, text) : listing;
  }

  /** False: no runtime named any. */
  async learn(): Promise<boolean> {
    const containers = await tellContainers(this.#client);
    this.#names = new Map(containers.map(({ id, name }) => [id, name]));
    return containers.length > 0;
  }

  /** Asks once for each container that came up since. */
  async named(socket: Socket): Promise<Socket> {
    const { container } = socket;
    if (!container || container.name !== null) return socket;
    if (!this.#asked.has(container.id) && !this.#names.has(container.id)) await this.learn();
    this.#asked.add(container.id);
    return { ...socket, container: { ...container, name: this.#names.get(container.id) ?? null } };
  }
}

function isNameless({ container }: Socket): boolean {
  return container?.name === null;
}
