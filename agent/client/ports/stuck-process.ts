/** Why a process does not end by SIGKILL. */

import { readFile } from 'node:fs/promises';
import type { ProcessId } from '../../protocol';
import type { NextStep } from './free-types';
import { isSeenHere } from './seen-here';

interface Stuck {
  /** A clause: `it waits in the kernel ...`. */
  readonly why: string;
  readonly next: readonly NextStep[];
}

/** Null: nothing is known to keep it. Never rejects. */
export async function stuckProcess(process: ProcessId): Promise<Stuck | null> {
  if (!(await isSeenHere(process))) return null;
  const { pid } = process;
  const frozen = await frozenCgroup(pid);
  if (frozen !== null)
    return {
      why: `its cgroup ${frozen.path} is frozen: it ends as soon as that is thawed`,
      next: [
        {
          command: `sudo sh -c 'echo THAWED > ${frozen.file}'`,
          why: 'The signal takes effect once its cgroup is thawed',
        },
      ],
    };
  const stat = await textOf(`/proc/${pid}/stat`);
  if (stat.charAt(stat.lastIndexOf(')') + 2) !== 'D') return null;
  const wait = await textOf(`/proc/${pid}/wchan`);
  const where = wait === '' || wait === '0' ? '' : ` (${wait})`;
  return {
    why: `it waits in the kernel${where}, mostly for a disk or a file server, and no signal ends it before that answers (state D)`,
    next: [],
  };
}

/** Of the first version, whose frozen processes get no signal at all; null: it is not frozen. */
async function frozenCgroup(pid: number): Promise<{ readonly path: string; readonly file: string } | null> {
  const path = /^\d+:freezer:(\/.+)$/m.exec(await textOf(`/proc/${pid}/cgroup`))?.[1];
  if (path === undefined || !/^[\w./:@-]+$/.test(path)) return null;
  const file = `/sys/fs/cgroup/freezer${path}/freezer.state`;
  return (await textOf(file)).trim() === 'FROZEN' ? { path, file } : null;
}

/** Empty where it cannot be read. */
async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
