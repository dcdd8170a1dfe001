/** What this kernel can destroy and list with, by its own symbols and its version: tests run on kernels of before Linux 6.5 as well. */

import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Engine } from '../../agent/protocol';

const hasKfunc = / bpf_sock_destroy$/m.test(readFileSync('/proc/kallsyms', 'utf8'));

export const engines: readonly Engine[] = hasKfunc ? ['bpf', 'sock_diag'] : ['sock_diag'];

/** Where nobody chooses one. */
export const usualEngine: Engine = hasKfunc ? 'bpf' : 'sock_diag';

/** SOCK_DESTROY finds sockets by their addresses: of several that share them it may find another one, which is left alone then. */
export function findsByAddress(engine: 'auto' | Engine): boolean {
  return (engine === 'auto' ? usualEngine : engine) === 'sock_diag';
}

/** For `skip`. */
export const withoutKfunc = hasKfunc ? false : 'this kernel has no bpf_sock_destroy';

function isAtLeast(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = release().split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** TCP sockets that are bound without listening: before Linux 6.8, sock_diag dumps none, and an observer sees none. */
export const diagListsBound = isAtLeast(6, 8);

/** Before Linux 6.17, sock_diag says root of each socket that has no file: of orphans, and of what waits to be accepted. */
export const diagKnowsUidOfFileless = isAtLeast(6, 17);
