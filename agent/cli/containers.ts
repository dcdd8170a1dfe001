/** Names of containers: read from their runtimes as this user and sent to the agent, only where they are needed. */

import { type AskRuntimes, sendContainerNames } from '../client/container-names';
import { jsonPages, listAll, type SocketList } from '../client/list-all';
import type { Requester } from '../client/requester';
import type { Container, Filter, JsonList, Socket } from '../protocol';

export interface JsonListing {
  readonly first: JsonList;
  /** Pages after it. */
  readonly rest: AsyncIterable<JsonList>;
}

export class Containers {
  readonly #client: Requester;
  readonly #ask: AskRuntimes | undefined;
  #names: ReadonlyMap<string, string> = new Map();
  /** Ids of containers whose names were requested, so that each is requested once. */
  readonly #requested = new Set<string>();

  constructor(client: Requester, ask?: AskRuntimes) {
    this.#client = client;
    this.#ask = ask;
  }

  /** As listAll, in order, with the names of containers. */
  list(text: string, filter: Filter): Promise<SocketList> {
    return this.#withNames(
      filter,
      () => listAll(this.#client, text, { inOrder: true }),
      ({ sockets }) => sockets.some(({ container }) => isNameless(container)),
    );
  }

  /** Likewise, as JSON for scripts: the first page, and those after it. */
  json(text: string, filter: Filter): Promise<JsonListing> {
    return this.#withNames(
      filter,
      async () => {
        const rest = jsonPages(this.#client, text);
        const { value: first } = await rest.next();
        return { first: first as JsonList, rest };
      },
      ({ first }) => first.containers.some(isNameless),
    );
  }

  async #withNames<List>(
    filter: Filter,
    list: () => Promise<List>,
    lacksNames: (listing: List) => boolean,
  ): Promise<List> {
    const byName = filter.some(({ key }) => key === 'container');
    if (byName) await this.refresh();
    const listing = await list();
    if (byName || !lacksNames(listing)) return listing;
    return (await this.refresh()) ? list() : listing;
  }

  /** Reads all names and sends them to the agent. False: no runtime has any. */
  async refresh(): Promise<boolean> {
    const containers = await sendContainerNames(this.#client, this.#ask);
    this.#names = new Map(containers.map(({ id, name }) => [id, name]));
    return containers.length > 0;
  }

  /** By name, id or the start of an id, as filters have them. */
  has(text: string): boolean {
    return [...this.#names].some(([id, name]) => name === text || id.startsWith(text.toLowerCase()));
  }

  /** Adds the name of the socket's container; reads the names again for a container that is new. */
  async named(socket: Socket): Promise<Socket> {
    const { container } = socket;
    if (!container || container.name !== null) return socket;
    if (!this.#requested.has(container.id) && !this.#names.has(container.id)) await this.refresh();
    this.#requested.add(container.id);
    return { ...socket, container: { ...container, name: this.#names.get(container.id) ?? null } };
  }
}

function isNameless(container: Container | null): boolean {
  return container?.name === null;
}
