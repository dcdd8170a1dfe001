/** The rights of every thread of a process, from /proc; Node has many threads, and each drops its rights by itself. */

import { readdirSync, readFileSync } from 'node:fs';

export type ThreadRights = Readonly<
  Record<
    | 'Uid'
    | 'Gid'
    | 'Groups'
    | 'CapInh'
    | 'CapPrm'
    | 'CapEff'
    | 'CapBnd'
    | 'CapAmb'
    | 'NoNewPrivs'
    | 'Seccomp',
    string
  >
>;

const fields = /^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp):[ \t]*(.*?)[ \t]*$/gm;

/** A thread that ends meanwhile has none, and neither has a process that does. */
export function threadRights(pid: number): ThreadRights[] {
  const threads = ifThere(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  return threads.flatMap((thread) => {
    const status = ifThere(() => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
    if (status === null) return [];
    const found = [...status.matchAll(fields)].map(([, name, value]) => [name, value?.replaceAll('\t', ' ')]);
    return [Object.fromEntries(found) as ThreadRights];
  });
}

function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Effective uid and gid of the first thread. */
export function idsOf(pid: number): { readonly uid: number; readonly gid: number } {
  const [first] = threadRights(pid);
  const [uid = Number.NaN, gid = Number.NaN] = [first?.Uid, first?.Gid].map((ids) =>
    Number(ids?.split(' ')[1]),
  );
  return { uid, gid };
}

/** Of the numbers of CAP_*, as in /proc/PID/status. */
export function capabilitySet(...numbers: readonly number[]): string {
  const bits = numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n);
  return bits.toString(16).padStart(16, '0');
}
