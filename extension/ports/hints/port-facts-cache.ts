/** Facts about ports from one list request for all ports of a document, cached for two seconds. */

import type { AgentLink } from '../../connection/agent-link';
import { listWithNamespaces } from '../../connection/list-sockets';
import { factsOf, type PortFacts, portFilter } from '../port-facts';

export const maxAgeMs = 2000;

type Answer = ReadonlyMap<number, PortFacts>;

export class PortFactsCache {
  readonly #link: AgentLink;
  readonly #answers = new Map<string, { readonly at: number; readonly facts: Promise<Answer> }>();

  constructor(link: AgentLink) {
    this.#link = link;
  }

  /** Facts of each port. Rejects where neither agent nor observer answers. */
  facts(ports: readonly number[]): Promise<Answer> {
    const now = performance.now();
    for (const [key, { at }] of this.#answers) if (now - at > maxAgeMs) this.#answers.delete(key);
    const key = ports.join();
    const cached = this.#answers.get(key);
    if (cached) return cached.facts;
    const facts = this.#fetch(ports);
    this.#answers.set(key, { at: now, facts });
    return facts;
  }

  /** The next request is sent to the agent or observer. */
  forget(): void {
    this.#answers.clear();
  }

  async #fetch(ports: readonly number[]): Promise<Answer> {
    const held = this.#link.hold();
    try {
      const { sockets, namespaces } = await listWithNamespaces(await this.#link.connect(), portFilter(ports));
      return factsOf(ports, sockets, namespaces);
    } finally {
      held.dispose();
    }
  }
}
