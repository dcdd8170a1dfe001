/** Acts whose user has been asked. Nobody can agree to one but by the random word that went with its question, and once. */

import { randomUUID } from 'node:crypto';
import type { Proposal } from '../client/tools/tool';

/** The oldest is forgotten. */
const maxOpen = 32;

export class OpenQuestions {
  readonly #proposals = new Map<string, Proposal>();

  /** The word that leads to it. */
  add(proposal: Proposal): string {
    const word = randomUUID();
    this.#proposals.set(word, proposal);
    const [oldest] = this.#proposals.keys();
    if (this.#proposals.size > maxOpen && oldest !== undefined) this.#proposals.delete(oldest);
    return word;
  }

  /** Null: it was answered, forgotten, or never asked. */
  take(word: string): Proposal | null {
    const proposal = this.#proposals.get(word) ?? null;
    this.#proposals.delete(word);
    return proposal;
  }
}
