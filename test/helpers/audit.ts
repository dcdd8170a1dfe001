/** Lines of the audit log, as root reads them. */

import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const auditFolder = '/var/log/sockscope';

// biome-ignore lint/suspicious/noExplicitAny: whatever the broker wrote; the assertions check it
export type Line = any;

/** All parts, the oldest first. `root`: /proc/PID/root of a process with mounts of its own. */
export function auditText(root = ''): string {
  const folder = join(root || '/', auditFolder);
  const texts = new Map<number, string>();
  // The newest first: a part that a broker renames meanwhile comes again, and none is passed over.
  const parts = readdirSync(folder).filter((name) => name.startsWith('audit.log'));
  for (const name of parts.sort()) {
    const file = openSync(join(folder, name), 'r');
    const { ino } = fstatSync(file);
    if (!texts.has(ino)) texts.set(ino, readFileSync(file, 'utf8'));
    closeSync(file);
  }
  return [...texts.values()].reverse().join('');
}

/** Those of a served uid that were written since a time. */
export function auditLines(uid: number, since: Date, root = ''): Line[] {
  return auditText(root)
    .split('\n')
    .filter((line) => line.startsWith('{"time"') && line.includes(`Z","uid":${uid},`))
    .flatMap(parsed)
    .filter(({ time }) => new Date(time) >= since);
}

/** None of one that a full disk has cut, which may be behind a brace of its own. */
function parsed(line: string): Line[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** Runs a shell script in mounts of its own, with an empty folder in place of the log's, and then what stands behind it. */
export function withOwnLog(script = ':', options = 'mode=700'): string[] {
  const mount = `mkdir -p -m 700 ${auditFolder} && mount -t tmpfs -o ${options} tmpfs ${auditFolder}`;
  return ['unshare', '--mount', 'sh', '-ec', `${mount}; cd ${auditFolder}; ${script}; exec "$@"`, 'sh'];
}
