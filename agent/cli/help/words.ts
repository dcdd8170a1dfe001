/** What help and the manual page say in the same words. */

import { Exit } from '../exit';
import type { Option, Syntax } from '../syntax/syntax';

/** Of verbs that name none of their own. */
const usualExits: NonNullable<Syntax['exits']> = {
  [Exit.ok]: 'done',
  [Exit.failed]: 'failed',
  [Exit.usage]: 'usage',
  [Exit.denied]: 'no agent, or denied',
};

/** `['0', 'done']`. */
export function exitsOf({
  exits = usualExits,
}: Pick<Syntax, 'exits'>): readonly (readonly [string, string])[] {
  return Object.entries(exits);
}

/** With the value that it has where it is omitted. */
export function optionText({ help, default: byDefault }: Option): string {
  return typeof byDefault === 'string' && byDefault !== '' ? `${help} (${byDefault})` : help;
}
