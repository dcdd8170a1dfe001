/** What is new, changed or just closed, for as long as it is shown as such. */

import type { EndFacts } from '../inventory/end-facts';
import type { SeenSocket } from '../inventory/inventory';
import type { EndReason, Mark } from '../protocol';
import type { Difference } from './difference';

/** Milliseconds. */
const freshFor = 2000;
const closedFor = 5000;

/** A socket that is no longer what it was. */
export interface Ghost {
  /** As it was last. */
  readonly seen: SeenSocket;
  readonly reason: EndReason;
  /** It lives on without its owners: closed by them, and in time-wait or the like. */
  readonly livesOn: boolean;
  readonly until: number;
}

interface Fresh {
  readonly mark: Exclude<Mark, 'closed'>;
  readonly until: number;
}

export class Marks {
  readonly #fresh = new Map<string, Fresh>();
  readonly #ghosts = new Map<string, Ghost>();

  mark({ added, changed, closed }: Difference, ends: EndFacts): void {
    const now = Date.now();
    this.expire(now);
    const until = now + freshFor;
    for (const { id } of added) {
      this.#ghosts.delete(id);
      this.#fresh.set(id, { mark: 'new', until });
    }
    for (const { before, now: seen } of changed) {
      if (!this.#fresh.has(seen.id)) this.#fresh.set(seen.id, { mark: 'changed', until });
      if (before.holders.length > 0 && seen.holders.length === 0)
        this.#haunt(before, ends.reason(seen.socket) ?? 'unknown', true, now);
    }
    for (const { seen, reason } of closed) {
      this.#fresh.delete(seen.id);
      this.#haunt(seen, reason, false, now);
    }
  }

  of(id: string): Exclude<Mark, 'closed'> | null {
    return this.#fresh.get(id)?.mark ?? null;
  }

  ghosts(): IterableIterator<Ghost> {
    return this.#ghosts.values();
  }

  /** Milliseconds since 1970; null: nothing is marked. */
  nextEnd(): number | null {
    let next: number | null = null;
    for (const { until } of this.#all()) next = next === null ? until : Math.min(next, until);
    return next;
  }

  expire(now = Date.now()): void {
    for (const marks of [this.#fresh, this.#ghosts])
      for (const [key, { until }] of marks) if (until <= now) marks.delete(key);
  }

  clear(): void {
    this.#fresh.clear();
    this.#ghosts.clear();
  }

  #haunt(seen: SeenSocket, reason: EndReason, livesOn: boolean, now: number): void {
    this.#ghosts.set(seen.id, { seen, reason, livesOn, until: now + closedFor });
  }

  *#all(): Generator<{ readonly until: number }> {
    yield* this.#fresh.values();
    yield* this.#ghosts.values();
  }
}
