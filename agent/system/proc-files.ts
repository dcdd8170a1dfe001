/**
 * Text files of /proc/PID. Where /proc hides the processes of others (hidepid), the agent, whose uid is its own, sees none: then
 * they are those that the broker has read just before, of processes of the scope.
 */

import { readFileSync } from 'node:fs';
import type { ProcessFiles } from '../broker-link/process-records';

/** A request describes a process within this time; the next one reads it again. */
const maxAgeMs = 2000;

const learned = new Map<number, { readonly files: ProcessFiles; readonly at: number }>();

/** Empty where the process is gone, or hidden from this user. */
export function readText(pid: number, file: string): string {
  return readVisible(pid, file) || learnedText(pid, file);
}

/** As the broker has read it just before; empty where it has not. */
export function learnedText(pid: number, file: string): string {
  return recent(pid)?.get(file) ?? '';
}

/** As far as this user sees it. */
export function readVisible(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** `files`: null where they are not to be had. Forgets what is too old. */
export function remember(found: ReadonlyMap<number, ProcessFiles | null>): void {
  const at = performance.now();
  for (const pid of learned.keys()) if (!recent(pid)) learned.delete(pid);
  for (const [pid, files] of found) {
    if (files) learned.set(pid, { files, at });
    else learned.delete(pid);
  }
}

function recent(pid: number): ProcessFiles | null {
  const found = learned.get(pid);
  return found && performance.now() - found.at < maxAgeMs ? found.files : null;
}
