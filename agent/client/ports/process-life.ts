/** Checks whether a process still runs, identified by pid and start time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ResponseError } from 'vscode-jsonrpc';
import { ErrorCode, inspectProcess, type ProcessDetail, type ProcessId, processIdOf } from '../../protocol';
import type { Requester } from '../requester';

/** Null: it has ended. */
export async function inspectIfThere(
  requester: Requester,
  process: ProcessId,
): Promise<ProcessDetail | null> {
  try {
    return await requester.request(inspectProcess, processIdOf(process));
  } catch (error) {
    if (error instanceof ResponseError && error.code === ErrorCode.notFound) return null;
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
    const details = await Promise.all(processes.map((process) => inspectIfThere(requester, process)));
    const running = processes.filter((_, index) => details[index]);
    if (running.length === 0 || performance.now() >= deadline) return running;
  }
}
