/** Commands in texts as they can be run in this terminal. */

import { join } from 'node:path';
import { inOwnWords } from '../client/own-words';

/** This program, also where it was started through a link. */
export const program = join(__dirname, 'sockscope.js');

export function inTerminalWords(text: string): string {
  return inOwnWords(text, program);
}
