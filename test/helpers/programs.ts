/** Programs started by a test, as another user or in another network namespace, with their output. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../../agent/client/program-path';
import type { Netns } from './netns';

export interface RunOptions {
  /** Without it, root's. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Without it, the machine's. */
  readonly netns?: Netns | undefined;
  /** A program that replaces itself by the command behind it, such as prlimit. */
  readonly through?: readonly string[] | undefined;
  /** Besides PATH. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Every program in between replaces itself, so the child's pid is that of `command`. */
export function commandAs(
  command: readonly string[],
  { user, netns, through = [] }: RunOptions,
): readonly string[] {
  const into = netns ? ['nsenter', `--net=${netns.path}`, '--'] : [];
  const as = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'] : [];
  return [...into, ...as, ...through, ...command];
}

export function start(
  command: readonly string[],
  runOptions: RunOptions,
  options: SpawnOptions,
): ChildProcess {
  const [program = '', ...args] = commandAs(command, runOptions);
  return spawn(program, args, { ...options, env: { PATH: process.env.PATH, ...runOptions.environment } });
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(
  command: readonly string[],
  runOptions: RunOptions = {},
  input = '',
): Promise<Finished> {
  const child = start(command, runOptions, { stdio: 'pipe' });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
    });
  child.stdin?.on('error', () => {}); // it may end without reading
  child.stdin?.end(input);
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, ...printed };
}

/** `exit 0`, `SIGTERM`; null while it runs. */
export function endOf({ exitCode, signalCode }: ChildProcess): string | null {
  return exitCode === null ? signalCode : `exit ${exitCode}`;
}

/** Ends a child that this process started, and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (endOf(child) !== null) return;
  const closed = once(child, 'exit');
  child.kill(signal);
  await closed;
}

/** Calls `ask` repeatedly until the answer is neither null nor false. On a slow machine that others use, all takes its time. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(20)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`Waited in vain until ${what}`);
}

/** The program of this name on PATH, where root's programs are, or in one of these folders; undefined: it is not installed. */
export function which(name: string, ...folders: string[]): string | undefined {
  return programPath(name, '/usr/sbin', '/sbin', ...folders);
}
