/** Programs of the user's that a client asks: what they print is untrusted, and bounded in size and time. */

import { spawn } from 'node:child_process';

export interface Ran {
  /** It was there, ended in time and exited with 0. */
  readonly ok: boolean;
  /** Standard output; empty unless ok. Untrusted text. */
  readonly printed: string;
  /** The beginning of standard error, or why it could not be run. Untrusted text. */
  readonly complaint: string;
}

/** Milliseconds: a program whose daemon hangs must not hold up what is shown. */
export const askMs = 2000;
/** Milliseconds that output may take to arrive after the end. */
const drainMs = 200;
/** Characters of standard output: some thousand containers. */
const mostOutput = 1_000_000;
/** Characters of standard error. */
const mostComplaint = 1000;

/** Runs it as this user, without input, and ends it after `deadlineMs`. Never rejects. */
export function runProgram(program: string, args: readonly string[], deadlineMs = askMs): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    });
    let printed = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (printed.length <= mostOutput) printed += text;
      else child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, mostComplaint);
    });
    const finish = (code: number | null) => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ ok: code === 0, printed: code === 0 ? printed : '', complaint });
    };
    child.on('error', (error) => resolve({ ok: false, printed: '', complaint: error.message }));
    child.on('close', finish);
    // What outlives the program may hold its pipes open for ever.
    child.on('exit', (code) => setTimeout(finish, drainMs, code));
  });
}
