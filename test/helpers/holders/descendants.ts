/** The processes that a process has started, directly or not. */

import { readdirSync, readFileSync } from 'node:fs';

export function descendantsOf(pid: number): number[] {
  return threadsOf(pid)
    .flatMap((thread) => childrenOf(pid, thread))
    .flatMap((child) => [child, ...descendantsOf(child)]);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it ended
  }
}

function childrenOf(pid: number, thread: string): number[] {
  const text = contentOf(`/proc/${pid}/task/${thread}/children`);
  return text.split(' ').filter(Boolean).map(Number);
}

/** False for one that has ended and is not yet reaped. */
export function isRunning(pid: number): boolean {
  const stat = contentOf(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended
  }
}
