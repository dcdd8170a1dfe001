/** Reads arguments, for all verbs. */

import { parseArgs } from 'node:util';
import { list } from '../common/process-text';
import type { ParsedFilter } from '../protocol';
import { nearest } from '../protocol/nearest';
import { CommandError, Exit } from './exit';

/** `string` or, with a default of false, `boolean`. */
type Options = Record<string, { readonly type: 'string' | 'boolean'; readonly default: string | boolean }>;

type Values<O extends Options> = { [Name in keyof O]: O[Name]['type'] extends 'boolean' ? boolean : string };

/** Throws CommandError (usage). A negated filter term, `-state:listen`, is not an option. */
export function readArguments<const O extends Options>(
  words: string[],
  options: O,
): { values: Values<O>; positionals: string[] } {
  const isTerm = (word: string) => /^-[a-z]*:/i.test(word);
  try {
    const { values, positionals }: { values: unknown; positionals: string[] } = parseArgs({
      args: words.filter((word) => !isTerm(word)),
      options,
      allowPositionals: true,
    });
    // Every option has a default, so every value is there, of its option's type.
    return { values: values as Values<O>, positionals: [...positionals, ...words.filter(isTerm)] };
  } catch (error) {
    throw new CommandError(Exit.usage, optionMistake(error, Object.keys(options)));
  }
}

/** As readArguments, of a verb that takes no other words. */
export function readOptions<const O extends Options>(verb: string, words: string[], options: O): Values<O> {
  const { values, positionals } = readArguments(words, options);
  if (positionals.length === 0) return values;
  const known = Object.keys(options).map((name) => `--${name}`);
  const taken = known.length === 0 ? 'nothing' : `${list(known)} only`;
  throw new CommandError(Exit.usage, `${verb} takes ${taken}, not "${positionals[0]}"`);
}

function optionMistake(error: unknown, known: string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, dashes = '', unknown] = /^Unknown option '(--?)([^']+)'/.exec(text) ?? [];
  const [, valueless] = /^Option '(?:-\w, )?--(\S+) <value>'/.exec(text) ?? [];
  if (valueless !== undefined) return `--${valueless} needs a value`;
  if (unknown === undefined) return text.split('. ')[0] ?? text;
  const mistake = `${dashes}${unknown} is not known`;
  if (known.length === 0) return `${mistake}: there are no options here`;
  // Of a single letter, every option is as near as any other.
  if (unknown.length === 1) return `${mistake}: there are ${list(known.map((name) => `--${name}`))}`;
  return `${mistake}: the nearest is --${nearest(unknown, known)}`;
}

/** Joins and parses the words of a filter, with new quotes for those that the shell removed. Throws CommandError (usage). */
export function readFilter(terms: string[], parse: (text: string) => ParsedFilter) {
  const text = terms.map((term) => (/\s/.test(term) ? `"${term}"` : term)).join(' ');
  const parsed = parse(text);
  if (!parsed.ok) throw new CommandError(Exit.usage, parsed.message);
  return { text, filter: parsed.filter };
}

/** Throws CommandError (usage) unless the value is one of the known words. */
export function oneOf<Word extends string>(option: string, value: string, known: readonly Word[]): Word {
  const found = known.find((word) => word === value);
  if (found) return found;
  throw new CommandError(
    Exit.usage,
    `--${option} "${value}" is not known: the nearest is ${nearest(value, known)} (known: ${known.join(', ')})`,
  );
}
