/** Names of containers that one client has sent: they are shown to it alone. */

import type { SeenSocket } from '../inventory/inventory';
import { type Container, limits, type Namespace } from '../protocol';

export type NamedContainers = readonly { readonly id: string; readonly name: string }[];

export class ContainerNames {
  readonly #names = new Map<string, string>();

  /** False: they were known. */
  add(containers: NamedContainers): boolean {
    const isNew = containers.some(({ id, name }) => this.#names.get(id) !== name);
    for (const { id, name } of containers) {
      this.#names.delete(id);
      this.#names.set(id, name);
    }
    // The oldest names give way: a client must not fill the agent's memory.
    for (const id of this.#names.keys()) {
      if (this.#names.size <= limits.containers) break;
      this.#names.delete(id);
    }
    return isNew;
  }

  named(seen: SeenSocket): SeenSocket {
    if (this.#names.size === 0) return seen;
    const container = seen.socket.container && this.namedContainer(seen.socket.container);
    return container === seen.socket.container ? seen : { ...seen, socket: { ...seen.socket, container } };
  }

  namespaces(namespaces: readonly Namespace[]): readonly Namespace[] {
    return namespaces.map((namespace) => ({
      ...namespace,
      container: namespace.container && this.namedContainer(namespace.container),
    }));
  }

  namedContainer(container: Container): Container {
    const name = this.#names.get(container.id);
    return name ? { ...container, name } : container;
  }
}
