/** Checks whether a process still runs, identified by pid and start time. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  ErrorCode,
  hasCode,
  inspectProcess,
  type ProcessDetail,
  type ProcessId,
  processIdOf,
} from '../../protocol';
import { askOfEach } from '../ask-of-each';
import type { Requester } from '../requester';

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
