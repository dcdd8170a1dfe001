/** Signals to walkers, which live for milliseconds. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { end, start } from './programs';
import { python, type Stage } from './stage';

export function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // it has ended
  }
}

/** Resolves when it looks for a walker, with a function that resolves with the pid of the one that got the signal; 0: there was none. */
export async function signalNextWalker(
  stage: Stage,
  broker: number,
  signal: 'SIGKILL' | 'SIGSTOP',
  afterUs: number,
): Promise<() => Promise<number>> {
  const program = [python, `${stage.folder}/walker_signal.py`, String(broker), signal, String(afterUs)];
  const child = start(program, {}, { stdio: ['ignore', 'pipe', 'inherit'] });
  stage.onClose(() => end(child));
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return async () => Number((await lines.next()).value ?? 0);
}
