/** Processes that do nothing for now, and what makes them go on: stopped, under a debugger, frozen, waiting in the kernel. */

import { access, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processText } from '../../common/process-text';
import { t } from '../../common/translate';
import type { ProcessId } from '../../protocol';
import { asRoot, ownUid } from '../served-uid';
import type { NextStep } from './free-types';
import { readStat } from './proc-stat';
import { isSeenHere } from './seen-here';

export interface HeldUp {
  /** What follows its name: `is stopped, ...`. */
  readonly why: string;
  readonly next: readonly NextStep[];
  /** SIGKILL ends it all the same. */
  readonly endsByKill: boolean;
}

type Named = ProcessId & { readonly name: string };

/** Between two looks at a process in state D, where each is for a moment that reads a disk. */
const recheckMs = 100;

/** Null: it runs or waits for something to do, or is not seen here. Never rejects. */
export async function heldUp(process: Named): Promise<HeldUp | null> {
  if (!(await isSeenHere(process))) return null;
  const frozen = await frozenCgroup(process.pid);
  if (frozen) return whyFrozen(process, frozen);
  switch ((await readStat(process.pid))?.state) {
    case 'T':
      return whyStopped(process);
    case 't':
      return whyTraced(process);
    case 'D':
      return whyWaiting(process);
    default:
      return null;
  }
}

async function whyStopped(process: Named): Promise<HeldUp> {
  const command = `kill -CONT ${process.pid}`;
  const uid = Number(/^Uid:\s+(\d+)/m.exec(await textOf(`/proc/${process.pid}/status`))?.[1]);
  return {
    why: t('is stopped (Ctrl-Z or SIGSTOP): it keeps the port and answers nobody until it goes on'),
    next: [
      {
        command: uid === ownUid() ? command : asRoot(command),
        why: t(
          '{0} goes on, in the background; in the terminal that it was started in, fg brings it back',
          processText(process),
        ),
      },
    ],
    endsByKill: true,
  };
}

async function whyTraced({ pid }: ProcessId): Promise<HeldUp> {
  const tracer = Number(/^TracerPid:\s+(\d+)$/m.exec(await textOf(`/proc/${pid}/status`))?.[1] ?? 0);
  const name = (await textOf(`/proc/${tracer}/comm`)).trim();
  return {
    why:
      name === ''
        ? t('is halted, as at a breakpoint: it keeps the port and answers nobody until it is continued there')
        : t(
            'is halted by {0}, as at a breakpoint: it keeps the port and answers nobody until it is continued there',
            processText({ name, pid: tracer }),
          ),
    next: [],
    endsByKill: true,
  };
}

async function whyWaiting(process: Named): Promise<HeldUp | null> {
  await sleep(recheckMs);
  if ((await readStat(process.pid))?.state !== 'D') return null;
  const wait = await textOf(`/proc/${process.pid}/wchan`);
  const where = wait === '' || wait === '0' ? '' : ` (${wait})`;
  return {
    why: t(
      'waits in the kernel{0}, mostly for a disk or a file server (state D): SIGTERM has no effect before that answers, and SIGKILL not always',
      where,
    ),
    next: [],
    endsByKill: true,
  };
}

interface FrozenCgroup {
  readonly path: string;
  /** The file that thaws it, and what to write there. */
  readonly file: string;
  readonly thaw: string;
  readonly endsByKill: boolean;
}

function whyFrozen(process: Named, { path, file, thaw, endsByKill }: FrozenCgroup): HeldUp {
  return {
    why: endsByKill
      ? t(
          'is in the frozen cgroup {0}: it answers nobody, and SIGTERM ends it only once that is thawed',
          path,
        )
      : t('is in the frozen cgroup {0}: it answers nobody, and ends as soon as that is thawed', path),
    next: [
      {
        command: asRoot(`sh -c 'echo ${thaw} > ${file}'`),
        why: t('{0} goes on, and signals take effect, once its cgroup is thawed', processText(process)),
      },
    ],
    endsByKill,
  };
}

/** Null: it is not frozen. Processes of the second version end by SIGKILL, those of the first get no signal at all. */
async function frozenCgroup(pid: number): Promise<FrozenCgroup | null> {
  const cgroups = await textOf(`/proc/${pid}/cgroup`);
  const first = /^\d+:freezer:(\/.+)$/m.exec(cgroups)?.[1];
  if (first !== undefined && isPlain(first)) {
    const file = `/sys/fs/cgroup/freezer${first}/freezer.state`;
    if ((await textOf(file)).trim() === 'FROZEN')
      return { path: first, file, thaw: 'THAWED', endsByKill: false };
  }
  const second = /^0::(\/.+)$/m.exec(cgroups)?.[1];
  return second !== undefined && isPlain(second) ? frozenByAncestor(second) : null;
}

/** The nearest cgroup of the second version from there upwards that was frozen itself. */
async function frozenByAncestor(own: string): Promise<FrozenCgroup | null> {
  const mount = (await exists('/sys/fs/cgroup/cgroup.procs')) ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
  if (!/^frozen 1$/m.test(await textOf(`${mount}${own}/cgroup.events`))) return null;
  for (let path = own; path !== '/'; path = dirname(path)) {
    const file = `${mount}${path}/cgroup.freeze`;
    if ((await textOf(file)).trim() === '1') return { path, file, thaw: '0', endsByKill: true };
  }
  return null;
}

/** Needs no quotes within a command. */
function isPlain(path: string): boolean {
  return /^[\w./:@-]+$/.test(path);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Empty where it cannot be read. */
async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
