/** The files of the audit log, which only root can read (native/src/audit/log_file.cc writes them). */

import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLines } from '../protocol';

export const auditFolder = '/var/log/sockscope';

/** Lines of every served user since then (milliseconds since 1970), the newest last. */
export function readAuditFiles(since: number, folder = auditFolder): AuditLines {
  const texts: string[] = [];
  const read = new Set<number>();
  let complete = true;
  // The newest first: parts that a broker renames meanwhile come again under an older name, and none is passed over.
  for (const part of partsOf(folder)) {
    const found = readPart(join(folder, part));
    if (!found) complete = false;
    if (!found || read.has(found.inode)) continue;
    read.add(found.inode);
    texts.unshift(found.text);
  }
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => isSince(line, since));
  return { lines, complete };
}

/** null: it was the oldest part, and has just gone. */
function readPart(path: string): { readonly inode: number; readonly text: string } | null {
  try {
    const file = openSync(path, 'r');
    try {
      return { inode: fstatSync(file).ino, text: readFileSync(file, 'utf8') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The newest first: audit.log, audit.log.1, ..., audit.log.4. */
function partsOf(path: string): string[] {
  const age = (name: string) => Number(partPattern.exec(name)?.[1] ?? 0);
  return namesIn(path)
    .filter(isPart)
    .sort((one, other) => age(one) - age(other));
}

const partPattern = /^audit\.log(?:\.(\d))?$/;

export function isPart(name: string): boolean {
  return partPattern.test(name);
}

/** None where no agent ever ran. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Each line begins with its time. One that was cut (the disk was full) is none. */
function isSince(line: string, since: number): boolean {
  const [, time = ''] = /^\{"time":"([^"]+)".*\}$/.exec(line) ?? [];
  return Date.parse(time) >= since;
}
