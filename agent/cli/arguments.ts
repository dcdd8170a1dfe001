/** Reads arguments, for all verbs. */

import { parseArgs } from 'node:util';
import { list } from '../common/process-text';
import type { ParsedFilter } from '../protocol';
import { nearest, nearestText, nearText } from '../protocol/nearest';
import { CommandError, Exit } from './exit';
import { otherWord } from './syntax/other-words';
import { lastWord, type Options, optionUsage, type Syntax } from './syntax/syntax';

type Values<O extends Options> = { [Name in keyof O]: O[Name]['type'] extends 'boolean' ? boolean : string };

/** Throws CommandError (usage), also for words where it takes none. A negated filter term, `-state:listen`, is not an option. */
export function readArguments<O extends Options>(
  words: string[],
  syntax: Syntax<O>,
): { values: Values<O>; positionals: string[] } {
  const { values, positionals } = parse(words, syntax.options);
  const [word] = positionals;
  if (syntax.operands === '' && word !== undefined)
    throw new CommandError(Exit.usage, wordMistake(syntax, word));
  // Every option has a default, so every value is there, of its option's type.
  return { values: values as Values<O>, positionals };
}

function parse(words: string[], options: Options): { values: unknown; positionals: string[] } {
  const isTerm = (word: string) => /^-[a-z]*:/i.test(word);
  try {
    const { values, positionals } = parseArgs({
      args: words.filter((word) => !isTerm(word)),
      options,
      allowPositionals: true,
    });
    return { values, positionals: [...positionals, ...words.filter(isTerm)] };
  } catch (error) {
    throw new CommandError(Exit.usage, optionMistake(error, Object.keys(options)));
  }
}

/** A verb of its own that the word may mean, else what it takes. */
function wordMistake({ name, options, verbs = [] }: Syntax, word: string): string {
  if (verbs.length > 0) {
    const known = verbs.map(lastWord);
    const meant = verbs.find((verb) => verb.name === otherWord(word));
    const near = meant ? lastWord(meant) : nearest(word, known);
    return `"${word}" is not a verb of ${name}${nearText(near, known)}`;
  }
  const known = Object.entries(options).map(([option, shape]) => optionUsage(option, shape));
  return `${name} takes ${known.length === 0 ? 'nothing' : `${list(known)} only`}, not "${word}"`;
}

function optionMistake(error: unknown, known: string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, dashes = '', unknown] = /^Unknown option '(--?)([^']+)'/.exec(text) ?? [];
  const [, valueless] = /^Option '(?:-\w, )?--(\S+) <value>'/.exec(text) ?? [];
  if (valueless !== undefined) return `--${valueless} needs a value`;
  if (unknown === undefined) return text.split('. ')[0] ?? text;
  const mistake = `${dashes}${unknown} is not known`;
  if (known.length === 0) return `${mistake}: there are no options here`;
  // A single letter is a short option, and no beginning of a long one.
  const near = unknown.length === 1 ? undefined : nearest(unknown, known);
  if (near === undefined) return `${mistake}: there are ${list(known.map((name) => `--${name}`))}`;
  return `${mistake}: the nearest is --${near}`;
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
  throw new CommandError(Exit.usage, `--${option} "${value}" is not known${nearestText(value, known)}`);
}
