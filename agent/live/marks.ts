/** Marks rows as new, changed or closed for some seconds. */

import type { EndFacts } from '../inventory/end-facts';
import type { SeenSocket } from '../inventory/inventory';
import type { EndReason, Mark } from '../protocol';
import type { Difference } from './difference';

/** New and changed rows stay marked for this time. */
const freshMs = 2000;
/** Closed rows stay visible for this time. */
const closedMs = 5000;

/** A row of a closed socket, or of one that its owners closed. */
interface ClosedRow {
  /** Its last known form. */
  readonly seen: SeenSocket;
  readonly reason: EndReason;
  /** The socket still exists without its owners, such as in time-wait. */
  readonly livesOn: boolean;
  /** Monotonic milliseconds. */
  readonly until: number;
}

interface FreshMark {
  readonly mark: Exclude<Mark, 'closed'>;
  readonly until: number;
}

export class Marks {
  readonly #fresh = new Map<string, FreshMark>();
  readonly #closedRows = new Map<string, ClosedRow>();

  mark({ added, changed, closed }: Difference, ends: EndFacts): void {
    const now = performance.now();
    this.expire(now);
    const until = now + freshMs;
    for (const { id } of added) {
      this.#closedRows.delete(id);
      this.#fresh.set(id, { mark: 'new', until });
    }
    for (const { before, now: seen } of changed) {
      if (!this.#fresh.has(seen.id)) this.#fresh.set(seen.id, { mark: 'changed', until });
      if (before.holders.length > 0 && seen.holders.length === 0)
        this.#keepClosed(before, ends.reason(seen.socket) ?? 'unknown', true, now);
    }
    for (const { seen, reason } of closed) {
      this.#fresh.delete(seen.id);
      // The connection ended before: the kernel only forgets it.
      if (seen.socket.state === 'time-wait' && reason === 'unknown') continue;
      this.#keepClosed(seen, reason, false, now);
    }
  }

  of(id: string): Exclude<Mark, 'closed'> | null {
    return this.#fresh.get(id)?.mark ?? null;
  }

  closedRows(): IterableIterator<ClosedRow> {
    return this.#closedRows.values();
  }

  /** Monotonic milliseconds; null: there are no marks. */
  nextExpiry(): number | null {
    let next: number | null = null;
    for (const { until } of this.#all()) next = next === null ? until : Math.min(next, until);
    return next;
  }

  expire(now = performance.now()): void {
    for (const marks of [this.#fresh, this.#closedRows])
      for (const [key, { until }] of marks) if (until <= now) marks.delete(key);
  }

  clear(): void {
    this.#fresh.clear();
    this.#closedRows.clear();
  }

  #keepClosed(seen: SeenSocket, reason: EndReason, livesOn: boolean, now: number): void {
    this.#closedRows.set(seen.id, { seen, reason, livesOn, until: now + closedMs });
  }

  *#all(): Generator<{ readonly until: number }> {
    yield* this.#fresh.values();
    yield* this.#closedRows.values();
  }
}
