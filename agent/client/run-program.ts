/** Runs the user's programs, such as docker: their output is untrusted, and bounded in size and time. */

import type { ChildProcessByStdio } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { isRootsFolder } from '../common/agent-socket';
import { childProcess } from '../common/child-process';

export interface ProgramResult {
  /** It was found, ended in time and exited with 0. */
  readonly ok: boolean;
  /** Empty unless ok. Untrusted text. */
  readonly stdout: string;
  /** The first characters of standard error, or why the program could not be run. Untrusted text. */
  readonly errorText: string;
}

/** A program whose daemon hangs must not delay what is shown. */
export const programTimeoutMs = 2000;
/** Where the answer itself depends on it: on a busy machine, podman needs more than two seconds. */
export const patientMs = 10_000;
/** For output that arrives after the end of the program. */
const drainMs = 200;
/** Characters of standard output: some thousand containers. */
export const maxStdout = 1_000_000;
/** Characters of standard error. */
const maxErrorText = 1000;

/**
 * Of root's programs another one than that of others, in which they might find settings: supervisorctl takes supervisord.conf from there,
 * before that of the system.
 */
function workingFolder(): string {
  if (process.getuid?.() !== 0) return '.';
  try {
    return isRootsFolder(statSync('.')) ? '.' : '/';
  } catch {
    return '/';
  }
}

/** Runs it as this user, without input, and kills it after `timeoutMs`. Never rejects. */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs = programTimeoutMs,
): Promise<ProgramResult> {
  return resultOf(
    childProcess().spawn(program, args, {
      cwd: workingFolder(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    }),
  );
}

/** Never rejects. */
function resultOf(
  child: ChildProcessByStdio<Writable | null, Readable, Readable | null>,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let stdout = '';
    let errorText = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length <= maxStdout) stdout += text;
      else child.kill('SIGKILL');
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errorText = (errorText + text).slice(0, maxErrorText);
    });
    let drained: NodeJS.Timeout | undefined;
    const finish = (code: number | null) => {
      clearTimeout(drained);
      child.stdout.destroy();
      child.stderr?.destroy();
      resolve({ ok: code === 0, stdout: code === 0 ? stdout : '', errorText });
    };
    child.on('error', (error) => resolve({ ok: false, stdout: '', errorText: error.message }));
    child.on('close', finish);
    // A child of the program may outlive it and hold its pipes open for ever.
    child.on('exit', (code) => {
      drained = setTimeout(finish, drainMs, code);
    });
  });
}
