/** Programs that start a server again and that nothing else tells: what was above it, and lives on. */

import type { ProcessDetail, ProcessSummary, Respawn } from '../../protocol';
import type { Requester } from '../requester';
import { asRoot, ownUid } from '../served-uid';
import type { NextStep } from './free-types';
import { readStat } from './proc-stat';
import { inspectIfThere } from './process-life';
import { isInteractiveShell } from './supervisors';

/** Sessions and reapers: anything runs below them, and they start nothing again. */
const sessions =
  /^(init|systemd|tini|dumb-init|docker-init|catatonit|conmon|containerd-shim.*|sshd.*|login|tmux.*|screen|SCREEN|cron|crond|atd)$/;
/** Processes of an editor that hold terminals and extensions. */
const editorHost = /--type=(ptyHost|extensionHost)\b/;

/** The nearest program above one of these processes that lives on and may start it again; null: none. */
export async function livingParent(
  requester: Requester,
  ended: readonly ProcessDetail[],
): Promise<ProcessSummary | null> {
  const callers = await ownAncestors();
  for (const process of ended)
    for (const parent of startersOf(process)) {
      if (callers.has(parent.pid)) break; // it waits for the end of this program, or of what it runs
      if (await inspectIfThere(requester, parent)) return parent;
    }
  return null;
}

/** The nearest program that had started one of the ended processes, and has started this one; null: none. Pure. */
export function restarterOf(process: ProcessDetail, ended: readonly ProcessDetail[]): ProcessSummary | null {
  const earlier = ended.flatMap(({ parents }) => parents);
  return (
    startersOf(process).find(({ pid, startTime }) =>
      earlier.some((one) => one.pid === pid && one.startTime === startTime),
    ) ?? null
  );
}

export function restarterRespawn({ pid, startTime, name }: ProcessSummary): Respawn {
  return { kind: 'parent', name, process: { pid, startTime } };
}

/** The command that ends it. */
export function stopRestarter({ pid, uid }: ProcessSummary): NextStep['command'] {
  return uid === ownUid() ? `kill ${pid}` : asRoot(`kill ${pid}`);
}

/** Parent first, up to the session that it runs in. */
function startersOf({ parents }: ProcessDetail): readonly ProcessSummary[] {
  const end = parents.findIndex(
    ({ pid, name, command }) =>
      pid === 1 || sessions.test(name) || isInteractiveShell(command) || editorHost.test(command),
  );
  return end < 0 ? parents : parents.slice(0, end);
}

async function ownAncestors(): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  for (let pid = process.pid; pid > 1 && !pids.has(pid); ) {
    pids.add(pid);
    pid = (await readStat(pid))?.parent ?? 0;
  }
  return pids;
}
