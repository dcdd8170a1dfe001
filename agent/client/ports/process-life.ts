/** Checks whether a process still runs, identified by pid and start time. */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ErrorCode,
  hasCode,
  inspectProcess,
  type ProcessDetail,
  type ProcessId,
  processIdOf,
} from '../../protocol';
import type { Requester } from '../requester';

/** Clock ticks since boot; null: it has ended, or is hidden from this user. */
export async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 22; the name, field 2, may hold any text.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Null: it has ended. */
export async function inspectIfThere(
  requester: Requester,
  process: ProcessId,
): Promise<ProcessDetail | null> {
  try {
    return await requester.request(inspectProcess, processIdOf(process));
  } catch (error) {
    if (hasCode(error, ErrorCode.notFound)) return null;
    throw error;
  }
}

/** Requests at once, and a pause between them: an agent takes 32 at once and 500 a second of each client, and others wait. */
const atOnce = 8;
const pauseMs = 20;

/** `ask` of each, in order, at a pace that an agent takes however many there are. */
export async function askOfEach<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    if (start > 0) await sleep(pauseMs);
    answers.push(...(await Promise.all(items.slice(start, start + atOnce).map(ask))));
  }
  return answers;
}

/** Those that still run after at most `ms` milliseconds. */
export async function stillRunning<Process extends ProcessId>(
  requester: Requester,
  processes: readonly Process[],
  ms: number,
  everyMs: number,
): Promise<readonly Process[]> {
  for (const deadline = performance.now() + ms; ; await sleep(everyMs)) {
    const details = await askOfEach(processes, (process) => inspectIfThere(requester, process));
    const running = processes.filter((_, index) => details[index]);
    if (running.length === 0 || performance.now() >= deadline) return running;
  }
}
