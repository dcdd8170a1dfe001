/** The details of one process, read on request. */

import { readFileSync, statSync } from 'node:fs';
import { userOf } from '../common/passwd';
import type { Context } from '../context';
import {
  ErrorCode,
  type ProcessDetail,
  type ProcessId,
  type ProcessSummary,
  protocolError,
} from '../protocol';
import { cgroupPath, containerOf, unitOf } from '../system/cgroup';
import { commandLineOf } from '../system/command-line';
import { readText } from '../system/proc-files';
import { parentOf, processStat, startTimeOf, ticksPerSecond } from '../system/process-stat';
import { nameOf } from '../system/processes';

const maxParents = 64;

/** Errors: notFound. */
export async function processDetail(context: Context, id: ProcessId): Promise<ProcessDetail> {
  const { pid, startTime } = id;
  await context.scanner.learn([pid]);
  requireAlive(id);
  const path = cgroupPath(readText(pid, 'cgroup'));
  const process = await summary(pid, startTime);
  const detail: ProcessDetail = {
    ...process,
    user: userOf(process.uid),
    workingDirectory: await context.scanner.workingDirectory(pid),
    startedAt: new Date(bootTime() + (Number(startTime) * 1000) / ticksPerSecond).toISOString(),
    parents: await parents(pid),
    cgroup: path,
    container: path === null ? null : containerOf(path),
    unit: path === null ? null : unitOf(path),
  };
  // What was read counts only if it was the same process before and after.
  requireAlive(id);
  return detail;
}

function requireAlive(id: ProcessId): void {
  if (processStat(id).life === 'ended')
    throw protocolError(ErrorCode.notFound, `The process with pid ${id.pid} has ended`);
}

async function summary(pid: number, startTime: string): Promise<ProcessSummary> {
  const command = await commandLineOf(pid);
  return { pid, startTime, name: nameOf(pid, command), command, uid: uidOfProcess(pid) };
}

async function parents(pid: number): Promise<ProcessSummary[]> {
  const found: ProcessSummary[] = [];
  for (let parent = parentOf(pid); parent > 0 && found.length < maxParents; parent = parentOf(parent))
    found.push(await summary(parent, startTimeOf(parent)));
  return found;
}

/** Falls back to the owner of /proc/PID: the process's uid, or root where the process is not dumpable. */
function uidOfProcess(pid: number): number {
  const uid = /^Uid:\s+(\d+)/m.exec(readText(pid, 'status'))?.[1];
  return uid === undefined ? (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0) : Number(uid);
}

/** Milliseconds since 1970. */
function bootTime(): number {
  return Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0) * 1000;
}
