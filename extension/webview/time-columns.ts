/** How many connections each column of the time axis has. Pure. */

import type { HistoryRow, RowKind } from '../history/history-view';

export interface Span {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

export type Column = Record<RowKind | 'total', number>;

/** A shorter one would spread what happened at once over the whole axis. */
const minSpanMs = 10_000;

/** From the first event to the last, whatever their order. */
export function spanOf(rows: readonly HistoryRow[]): Span {
  const times = rows.map(({ at }) => at);
  const to = times.reduce((latest, at) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
  const from = times.reduce((first, at) => Math.min(first, at), to);
  return { from: Math.min(from, to - minSpanMs), to };
}

export function columnsOf(rows: readonly HistoryRow[], { from, to }: Span, count: number): Column[] {
  const columns = Array.from({ length: count }, () => ({ opened: 0, ended: 0, failed: 0, total: 0 }));
  for (const { at, kind } of rows) {
    const column = columns[Math.min(count - 1, Math.floor((count * (at - from)) / (to - from)))];
    if (!column) continue;
    column[kind]++;
    column.total++;
  }
  return columns;
}
