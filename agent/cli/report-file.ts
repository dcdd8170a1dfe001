/** The file of a report for CI systems. */

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError, Exit } from './exit';

/** Before anything is cut. Throws CommandError (usage). */
export function requireWritable(path: string): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    accessSync(there ? path : dirname(path), constants.W_OK);
    if (!there || there.isFile()) return;
  } catch (error) {
    throw new CommandError(
      Exit.usage,
      `--junit "${path}" cannot be written (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  throw new CommandError(Exit.usage, `--junit "${path}" is no file`);
}
