/** What this kernel can destroy with, by its own symbols: tests run on kernels of before Linux 6.5 as well. */

import { readFileSync } from 'node:fs';
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
