/** Values in the file of a scenario, and what is said where something else is there. */

import * as v from 'valibot';
import {
  formatDuration,
  maxRate,
  minRate,
  parseActingFilter,
  parseDuration,
  parseRate,
  rateText,
} from '../../protocol';
import { nearestText } from '../../protocol/nearest';

const maxName = 200;

/** Keys with values, and no other keys. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries);
  return v.strictObject(entries, ({ expected, received, path }) => {
    if (expected === 'never') return unknownWord(received, known);
    if (path) return `${expected} is missing`;
    return `Keys with values are needed here (known: ${known.join(', ')}), not ${received}`;
  });
}

/** `received`: in quotes. */
function unknownWord(received: string, known: readonly string[]): string {
  return `${received} is not known here${nearestText(received.slice(1, -1), known)}`;
}

export function needed(what: string) {
  return ({ received }: v.BaseIssue<unknown>) => `${what} is needed here, not ${received}`;
}

export const name = v.pipe(v.string(needed('A text')), v.nonEmpty(needed('A text')), v.maxLength(maxName));

export function flag(help: string) {
  return v.optional(v.pipe(v.boolean(needed('true or false')), v.description(help)), false);
}

export function whole(min: number, max: number, help: string) {
  const message = needed(`A whole number from ${min} to ${max}`);
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
    v.description(help),
  );
}

/** Milliseconds, once it is read. */
export function duration(minMs: number, maxMs: number, help: string) {
  const range = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const message = needed(`A duration of ${range}, such as 500ms, 10s or 2m,`);
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,9}(\.\d{1,3})?(ms|s|m|h)$/, message),
    v.description(help),
    v.transform((text) => parseDuration(text) ?? 0),
    v.minValue(minMs, `At least ${formatDuration(minMs)}`),
    v.maxValue(maxMs, `At most ${formatDuration(maxMs)}`),
  );
}

/** `5%`; a number, once it is read. */
export function percent(help: string) {
  const message = needed('A share of more than 0% up to 100%, such as 5% or 0.5%,');
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,3}(\.\d{1,4})?%$/, message),
    v.description(help),
    v.transform((text) => Number(text.slice(0, -1))),
    v.gtValue(0, message),
    v.maxValue(100, message),
  );
}

/** `100kB/s`; bytes a second, once it is read. */
export function rate(help: string) {
  const range = `${rateText(minRate)} to ${rateText(maxRate)}`;
  const message = needed(`A rate of ${range}, such as 100kB/s or 1.5MB/s,`);
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,9}(\.\d{1,3})?[kMG]?B\/s$/, message),
    v.description(help),
    v.transform((text) => parseRate(text) ?? 0),
    v.minValue(minRate, message),
    v.maxValue(maxRate, message),
  );
}

export function oneOf<const Word extends string>(words: readonly Word[], help: string) {
  return v.pipe(
    v.picklist(words, ({ received }) => unknownWord(received, words)),
    v.description(help),
  );
}

export const filter = v.pipe(
  v.string(needed('A filter')),
  v.description('Which connections, such as "process:node remote:6379"; as on the command line'),
  v.rawCheck(({ dataset, addIssue }) => {
    const parsed = dataset.typed ? parseActingFilter(dataset.value) : null;
    if (parsed?.ok === false) addIssue({ message: parsed.message });
  }),
);
