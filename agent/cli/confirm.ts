/** Questions before destructive acts. */

import { createInterface } from 'node:readline/promises';
import { CommandError, Exit } from './exit';

/** Throws CommandError (usage) without --yes where there is no terminal to ask on. `alternative`: what else may be done. */
export function requireAnswer(yes: boolean, alternative?: string): void {
  if (yes || (process.stdin.isTTY && process.stderr.isTTY)) return;
  const or = alternative ? `, or ${alternative}` : '';
  throw new CommandError(Exit.usage, `There is no terminal to ask on: add --yes${or}`);
}

/** Anything but yes means no, also Ctrl-C and Ctrl-D: the command goes on, to report what it has done already. */
export async function confirm(question: string): Promise<boolean> {
  return (await ask(question)) === 'yes';
}

/** `none`: Ctrl-C or Ctrl-D. */
export async function ask(question: string): Promise<'yes' | 'no' | 'none'> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim()) ? 'yes' : 'no';
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    process.stderr.write('\n');
    return 'none';
  } finally {
    terminal.close();
  }
}
