/** Programs that may be needed when this process can start none any more: until then, a shell waits for a line. */

import { closeSync, existsSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Net from 'node:net';
import { join } from 'node:path';
import type { HoldShell } from '../common/in-process';
import { maxStdout, programTimeoutMs } from './run-program';

/** For the shell, which kills what takes too long: this process may not. */
const shellTimeoutMs = programTimeoutMs + 500;

/** Runs a program, and prints what it has printed if it succeeds. */
const ask = `ask() { text=$(timeout -s KILL ${programTimeoutMs / 1000} "$@" </dev/null) && printf '%s\\n' "$text"; }`;

/** At the same time, each with the arguments of the script, and one output after the other. */
function together([program, ...others]: readonly string[]): string {
  const first = `ask ${program} "$@"`;
  return others.length === 0 ? first : `{ ${together(others)}; } | { ${first}; cat; }`;
}

function isOnPath(program: string): boolean {
  const folders = process.env.PATH?.split(':') ?? [];
  return folders.some((folder) => existsSync(join(folder, program)));
}

export class HeldPrograms {
  /** Null: none of them is on the PATH. */
  readonly #shell: ReturnType<HoldShell> | null;
  #answer: Promise<string> | null = null;

  /** `names`: words, not paths. */
  constructor(holdShell: HoldShell, names: readonly string[], args: readonly string[]) {
    const found = names.filter(isOnPath);
    const script = `read -r line || exit\n${ask}\n${together(found)}`;
    this.#shell = found.length > 0 ? holdShell(script, args) : null;
  }

  /** What they print, of those that succeed. Run once: later it has the same answer. Never rejects. */
  run(): Promise<string> {
    this.#answer ??= this.#run();
    return this.#answer;
  }

  async #run(): Promise<string> {
    if (!this.#shell) return '';
    const { input, output } = this.#shell;
    try {
      writeSync(input, '\n');
    } catch {
      // It has ended.
    }
    closeSync(input);
    return readAll(output);
  }

  /** If they were not run, they will not be: the shell ends by itself, and nobody waits for that. */
  release(): void {
    if (this.#answer || !this.#shell) return;
    closeSync(this.#shell.input);
    closeSync(this.#shell.output);
  }
}

/** What comes in time, up to maxStdout. Closes the descriptor. */
function readAll(fd: number): Promise<string> {
  // Loaded only where there is something to be asked.
  const { Socket }: typeof Net = createRequire(__filename)('node:net');
  const stream = new Socket({ fd, readable: true, writable: false });
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => stream.destroy(), shellTimeoutMs);
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length > maxStdout) stream.destroy();
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}
