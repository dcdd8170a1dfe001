/** Commands as a shell takes them. Pure. */

import { visibleText } from '../protocol/text';

/** Each word as it is: `ssh -S '/tmp/a b' -O cancel host`. */
export function commandText(command: readonly string[]): string {
  const quotedWord = (word: string) => `'${visibleText(word).replaceAll("'", "'\\''")}'`;
  return command.map((word) => (/^[\w./:@=,+-]+$/.test(word) ? word : quotedWord(word))).join(' ');
}
