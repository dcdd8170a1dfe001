/** Which two rows are the two ends of one connection. Pure. */

import type { HistoryRow } from '../history/history-view';

/**
 * The ends of a connection are established right after each other. A longer time would join a connection with one that a stranger makes
 * from the same port later, and hide that.
 */
const maxApartMs = 1000;

/** Times have whole milliseconds, by a clock that is read for each batch of events. */
const roundingMs = 2;

export class RowPairs {
  readonly #rows = new Map<string, HistoryRow>();
  readonly #partners = new Map<string, string>();
  /** Ids of rows without a partner, by direction and addresses. */
  readonly #alone = new Map<string, Set<string>>();

  partner(id: string): HistoryRow | null {
    return this.#rows.get(this.#partners.get(id) ?? '') ?? null;
  }

  /** A row, or what is newly known of it: whom it was joined with stays. */
  put(row: HistoryRow): void {
    this.#rows.set(row.id, row);
    if (this.#partners.has(row.id)) return;
    const partner = this.#nearest(row);
    if (!partner) {
      this.#leaveAlone(row);
      return;
    }
    this.#takeAway(row);
    this.#takeAway(partner);
    this.#partners.set(row.id, partner.id).set(partner.id, row.id);
  }

  remove(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    const partner = this.partner(id);
    this.#rows.delete(id);
    this.#partners.delete(id);
    this.#takeAway(row);
    if (!partner) return;
    this.#partners.delete(partner.id);
    this.#leaveAlone(partner);
  }

  clear(): void {
    this.#rows.clear();
    this.#partners.clear();
    this.#alone.clear();
  }

  #nearest(row: HistoryRow): HistoryRow | null {
    let nearest: HistoryRow | null = null;
    let least = maxApartMs;
    for (const id of this.#alone.get(keyOf(row, !row.isIncoming)) ?? []) {
      const other = this.#rows.get(id);
      if (!other) continue;
      const apart = openedApart(row, other);
      if (apart > least || !overlap(row, other)) continue;
      nearest = other;
      least = apart;
    }
    return nearest;
  }

  #leaveAlone(row: HistoryRow): void {
    const key = keyOf(row, row.isIncoming);
    const ids = this.#alone.get(key) ?? new Set();
    this.#alone.set(key, ids.add(row.id));
  }

  #takeAway(row: HistoryRow): void {
    const key = keyOf(row, row.isIncoming);
    const ids = this.#alone.get(key);
    ids?.delete(row.id);
    if (ids?.size === 0) this.#alone.delete(key);
  }
}

function keyOf({ pair }: HistoryRow, isIncoming: boolean): string {
  return `${isIncoming ? 'in' : 'out'} ${pair}`;
}

/** Infinite: of one of them, it is not known when it opened, or it never did. */
function openedApart(a: HistoryRow, b: HistoryRow): number {
  return a.openedAt === null || b.openedAt === null
    ? Number.POSITIVE_INFINITY
    : Math.abs(a.openedAt - b.openedAt);
}

function overlap(a: HistoryRow, b: HistoryRow): boolean {
  const end = ({ kind, at }: HistoryRow) => (kind === 'ended' ? at + roundingMs : Number.POSITIVE_INFINITY);
  return (a.openedAt ?? 0) <= end(b) && (b.openedAt ?? 0) <= end(a);
}
