/** Looks at ports for those who show them: one listing for all ports of a question, kept for a moment. */

import type { AgentLink } from '../../connection/agent-link';
import { listWithNamespaces } from '../../connection/list-sockets';
import { factsOf, type PortFacts, portFilter } from '../port-facts';

/** Milliseconds that an answer is good for. */
export const maxAgeMs = 2000;

type Answer = ReadonlyMap<number, PortFacts>;

export class PortFactsCache {
  readonly #link: AgentLink;
  readonly #answers = new Map<string, { readonly at: number; readonly facts: Promise<Answer> }>();

  constructor(link: AgentLink) {
    this.#link = link;
  }

  /** Of each of the ports. Rejects where nobody answers. */
  facts(ports: readonly number[]): Promise<Answer> {
    const now = performance.now();
    for (const [key, { at }] of this.#answers) if (now - at > maxAgeMs) this.#answers.delete(key);
    const key = ports.join();
    const known = this.#answers.get(key);
    if (known) return known.facts;
    const facts = this.#look(ports);
    this.#answers.set(key, { at: now, facts });
    return facts;
  }

  /** The next question is answered by a new look. */
  forget(): void {
    this.#answers.clear();
  }

  async #look(ports: readonly number[]): Promise<Answer> {
    const held = this.#link.hold();
    try {
      const { sockets, namespaces } = await listWithNamespaces(await this.#link.connect(), portFilter(ports));
      return factsOf(ports, sockets, namespaces);
    } finally {
      held.dispose();
    }
  }
}
