/** Programs that may be needed when this process can start none any more: until then, a shell waits for a line. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { childProcess } from '../common/child-process';
import { type ProgramResult, programTimeoutMs, resultOf } from './run-program';

export interface HeldProgram {
  /** As runProgram, once, and without its standard error. */
  run(): Promise<ProgramResult>;
  /** It will not be run. */
  release(): void;
}

/** This process may not kill it later. */
const waiting = `read -r line && exec timeout -s KILL ${programTimeoutMs / 1000} "$0" "$@" </dev/null`;

/** Null: it is not on the PATH. */
export function holdProgram(program: string, args: readonly string[]): HeldProgram | null {
  const folders = process.env.PATH?.split(':') ?? [];
  if (!folders.some((folder) => existsSync(join(folder, program)))) return null;
  const shell = childProcess().spawn('/bin/sh', ['-c', waiting, program, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // It may have ended.
  shell.stdin.on('error', () => {});
  const result = resultOf(shell);
  return {
    run() {
      shell.stdin.end('\n');
      return result;
    },
    release() {
      // It ends by itself, and nobody waits for that.
      shell.stdin.destroy();
      shell.stdout.destroy();
      shell.unref();
    },
  };
}
