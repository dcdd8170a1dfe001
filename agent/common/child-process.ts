import type * as ChildProcess from 'node:child_process';
import { createRequire } from 'node:module';

/**
 * node:child_process, loaded when it is called: that takes milliseconds of a start, which a list of root's has while its broker loads,
 * and others need not at all.
 */
export function childProcess(): typeof ChildProcess {
  return createRequire(__filename)('node:child_process');
}
