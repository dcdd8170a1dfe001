/** All that is to be told about one process, for whoever looks at it. */

import { readFileSync, statSync } from 'node:fs';
import type { Context } from '../context';
import {
  ErrorCode,
  type ProcessDetail,
  type ProcessId,
  type ProcessSummary,
  protocolError,
} from '../protocol';
import { cgroupPath, containerOf, unitOf } from '../system/cgroup';
import { parentOf, processStat, startTimeOf } from '../system/process-stat';
import { commandOf, nameOf, readDirectory, readText } from '../system/processes';
import { userOf } from '../system/users';

/** Parents that are followed. */
const mostParents = 64;
const ticksPerSecond = 100;

/** Errors: notFound. */
export async function processDetail(context: Context, id: ProcessId): Promise<ProcessDetail> {
  const { pid, startTime } = id;
  const before = processStat(id).life;
  const uid = uidOfProcess(pid);
  const path = cgroupPath(readText(pid, 'cgroup'));
  const detail: ProcessDetail = {
    ...summary(pid, startTime),
    uid,
    user: userOf(uid),
    workingDirectory: readDirectory(pid) ?? (await askBroker(context, pid)),
    startedAt: new Date(bootTime() + (Number(startTime) * 1000) / ticksPerSecond).toISOString(),
    parents: parents(pid),
    cgroup: path,
    container: path === null ? null : containerOf(path),
    unit: path === null ? null : unitOf(path),
  };
  // Only what was the same process from first to last is told of it.
  if (before === 'ended' || processStat(id).life === 'ended')
    throw protocolError(ErrorCode.notFound, `The process with pid ${pid} has ended`);
  return detail;
}

function summary(pid: number, startTime: string): ProcessSummary {
  const command = commandOf(pid);
  return { pid, startTime, name: nameOf(pid, command), command };
}

function parents(pid: number): ProcessSummary[] {
  const found: ProcessSummary[] = [];
  for (let parent = parentOf(pid); parent > 0 && found.length < mostParents; parent = parentOf(parent))
    found.push(summary(parent, startTimeOf(parent)));
  return found;
}

/** The directory of a process in /proc belongs to who it runs as; to root, where it cannot be looked into. */
function uidOfProcess(pid: number): number {
  const uid = /^Uid:\s+(\d+)/m.exec(readText(pid, 'status'))?.[1];
  return uid === undefined ? (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0) : Number(uid);
}

/** Another user's working directory, as the kernel has it. */
async function askBroker({ broker }: Context, pid: number): Promise<string | null> {
  if (!broker) return null;
  return broker.workingDirectory(pid).catch(() => null);
}

/** Milliseconds since 1970. */
function bootTime(): number {
  return Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0) * 1000;
}
