/** The files of the audit log, which only root can read (native/src/audit/log_file.cc writes them). */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLines } from '../protocol';

const folder = '/var/log/sockscope';

/** Lines of every served user since then (milliseconds since 1970), the newest last. */
export function readAuditFiles(since: number): AuditLines {
  const lines = partsOf(folder).flatMap((part) => readFileSync(join(folder, part), 'utf8').split('\n'));
  return { lines: lines.filter((line) => isSince(line, since)), complete: true };
}

/** The oldest first: audit.log.4, ..., audit.log. */
function partsOf(path: string): string[] {
  const names = namesIn(path).flatMap((name) => {
    const [, number] = /^audit\.log(?:\.(\d))?$/.exec(name) ?? [null];
    return number === null ? [] : [{ name, age: Number(number ?? 0) }];
  });
  return names.sort((one, other) => other.age - one.age).map(({ name }) => name);
}

/** None where no agent ever ran. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Each line begins with its time. One that was cut (the disk was full) is none. */
function isSince(line: string, since: number): boolean {
  const [, time = ''] = /^\{"time":"([^"]+)".*\}$/.exec(line) ?? [];
  return Date.parse(time) >= since;
}
