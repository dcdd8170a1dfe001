/** What a verb takes. The parser, help, the completion of shells and the manual page are all made from it. */

import type { Exit } from '../exit';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly default: string | boolean;
  /** A letter that stands for it: `w` for -w. */
  readonly short?: string;
  /** What stands for its value: `DURATION`, `TERM|KILL`; empty for a flag. */
  readonly value: string;
  /** All values that there are; empty: too many to list. */
  readonly words: readonly string[];
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

export interface Syntax<O extends Options = Options> {
  /** `free`, `agent serve`. */
  readonly name: string;
  /** One line, for the list of all verbs. */
  readonly summary: string;
  /** Other words than options, as usage shows them: `[FILTER...]`. Empty: none. */
  readonly operands: string;
  readonly options: O;
  /** What it does. */
  readonly text: string;
  /** Besides the usual ones, in the order of the codes. */
  readonly exits?: Readonly<Partial<Record<Exit, string>>>;
  /** The keys of what `--json` prints, where the types of the protocol do not say it. */
  readonly json?: string;
  /** Verbs of its own. */
  readonly verbs?: readonly Syntax[];
}

/** Keeps the types of the options. */
export function verb<const O extends Options>(syntax: Syntax<O>): Syntax<O> {
  return syntax;
}

export function flag(help: string) {
  return { type: 'boolean', default: false, value: '', words: [], help } as const;
}

/** `byDefault`: empty where the option has no value unless one is given. */
export function valued(value: string, byDefault: string, help: string) {
  return { type: 'string', default: byDefault, value, words: [], help } as const;
}

export function choice(words: readonly string[], byDefault: string, help: string) {
  return { type: 'string', default: byDefault, value: words.join('|'), words, help } as const;
}

export const json = flag('Prints JSON');
export const yes = flag('Asks nothing');

/** `--net NAME`; `-w, --write FILE`. */
export function optionUsage(name: string, { value, short }: Pick<Option, 'value' | 'short'>): string {
  return `${short === undefined ? '' : `-${short}, `}--${name} ${value}`.trimEnd();
}

export function takesFilter({ operands }: Syntax): boolean {
  return operands.includes('FILTER');
}

/** It does nothing without one of its verbs. */
export function needsVerb({ verbs = [], operands }: Syntax): boolean {
  return verbs.length > 0 && operands === '';
}

/** `free`, of `agent serve` `serve`. */
export function lastWord({ name }: Pick<Syntax, 'name'>): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}
