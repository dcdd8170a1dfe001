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

/** With the value that it has where it is left away. */
export function optionText({ help, default: byDefault }: Option): string {
  return typeof byDefault === 'string' && byDefault !== '' ? `${help} (${byDefault})` : help;
}

/** Each with what it matches. */
export const filterTerms: readonly (readonly [string, string])[] = [
  [':3000, port:3000,3001', 'the local port'],
  ['remote:5432, remote:10.0.0.5, remote:10.0.0.5:5432', 'the other end'],
  ['addr:10.0.0.5', 'an address at either end'],
  ['pid:42, process:node, user:postgres, container:web', 'who holds it'],
  ['state:established, proto:udp, net:4026531840, cookie:4711', 'the socket'],
];

export const filterRules =
  'Terms must all hold; commas are alternatives; a leading - negates. Words without a key are free text, for list and inspect only.';
