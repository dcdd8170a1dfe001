/** Asking before acting. */

import { createInterface } from 'node:readline/promises';
import { CommandError, Exit } from './exit';

/** Throws CommandError (usage) where there is nobody to ask. */
export function requireAnswer(yes: boolean, lookFirst = '--dry-run to look first'): void {
  if (!yes && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new CommandError(Exit.usage, `There is no terminal to ask on: add --yes, or ${lookFirst}`);
}

/** Anything but yes means no, Ctrl-C and Ctrl-D too: what was done before is still to be told. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    terminal.close();
  }
}
