/** Bounds of answers, of which strangers choose the parts: how many sockets there are, and what they call their processes. */

import { jsonText, visibleText } from '../../protocol';

/** Characters of a name or command, of a sentence, and of all rows of an answer as JSON. */
export const maxText = 300;
const maxSentence = 2000;
const maxRows = 30_000;

/** The first rows, and how many follow them. */
export interface Fitting<Row> {
  readonly shown: readonly Row[];
  readonly more: number;
}

/** At most so many rows, and fewer where they are long. `total`: where there are more than these. */
export function fitting<Row>(rows: readonly Row[], max: number, total = rows.length): Fitting<Row> {
  const shown: Row[] = [];
  let size = 0;
  for (const row of rows.slice(0, max)) {
    size += jsonText(readable(row)).length;
    if (size > maxRows) break;
    shown.push(row);
  }
  return { shown, more: total - shown.length };
}

export function moreText(more: number): string {
  return more === 0 ? '' : `${more} more; narrow the filter`;
}

/** Sentences, each with its full stop. */
export function sentences(parts: readonly (string | null)[]): string {
  return parts
    .filter((part) => part !== null && part !== '')
    .map((part) => (/[.!?]$/.test(part as string) ? part : `${part}.`))
    .join(' ');
}

/**
 * The same data without characters that control a terminal or mislead a reader, and without long texts. `words`: for sentences; what a
 * process has written stays as it is.
 */
export function readable(value: unknown, words = (text: string) => text): unknown {
  if (typeof value === 'string') return cut(visibleText(words(value)), maxSentence);
  if (Array.isArray(value)) return value.map((one) => readable(one, words));
  if (typeof value !== 'object' || value === null) return value;
  const own = 'pid' in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      own && typeof part === 'string' ? cut(visibleText(part), maxText) : readable(part, words),
    ]),
  );
}

/** Between characters: of half a surrogate pair, some clients reject the whole message. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
