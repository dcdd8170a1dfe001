/** What may stand at a place of the command line, for the completion of every shell. */

import { filterKeys } from '../../protocol/filter';
import { protocols, states } from '../../protocol/sockets';
import { lastWord, type Option, type Syntax, takesFilter } from '../syntax/syntax';

/** One of the words, or what the completion itself knows. */
export interface Candidates {
  readonly words: readonly string[];
  readonly besides: 'filter' | 'file' | 'folder' | 'user' | null;
}

/** Of the value of an option. */
export function valuesOf({ value, words }: Option): Candidates {
  return { words, besides: value === 'FILE' ? 'file' : value === 'USER' ? 'user' : null };
}

/** Of the words of a verb that are no options. */
export function operandsOf(syntax: Syntax): Candidates {
  const { operands, verbs = [] } = syntax;
  const words = /^[a-z|]+$/.test(operands) ? operands.split('|') : verbs.map(lastWord);
  if (takesFilter(syntax)) return { words, besides: 'filter' };
  return { words, besides: operands === 'FILE' ? 'file' : operands.includes('FOLDER') ? 'folder' : null };
}

/** `pid:`. */
export const filterWords: readonly string[] = filterKeys.map((key) => `${key}:`);

/** Keys with values that are known. */
export const filterValues = { state: states, proto: protocols } as const;
