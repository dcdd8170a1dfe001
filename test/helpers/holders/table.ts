/** Rows in columns, for a terminal. */

import type { Row } from './row';

const titles: Readonly<Record<keyof Row, string>> = {
  holder: 'holder',
  why: 'why (kinds and remedies)',
  free: 'steps (exit code)',
  owners: 'owner',
  client: 'client',
  binds: 'binds before -> after',
  ms: 'ms to the proof',
};

export function tableOf(rows: readonly Row[]): string {
  const columns = Object.keys(titles) as (keyof Row)[];
  const cells = [titles, ...rows].map((row) => columns.map((column) => row[column]));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}
