/** Lines of the audit log, as root reads them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const auditFolder = '/var/log/sockscope';

// biome-ignore lint/suspicious/noExplicitAny: whatever the broker wrote; the assertions check it
export type Line = any;

/** All parts, the oldest first. `root`: /proc/PID/root of a process with mounts of its own. */
export function auditText(root = ''): string {
  const folder = join(root || '/', auditFolder);
  const parts = readdirSync(folder).filter((name) => name.startsWith('audit.log'));
  return parts
    .sort()
    .reverse()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

/** Those of a served uid that were written since a time. */
export function auditLines(uid: number, since: Date, root = ''): Line[] {
  return auditText(root)
    .split('\n')
    .filter((line) => line.startsWith('{"time"') && line.endsWith('}') && line.includes(`Z","uid":${uid},`))
    .map((line) => JSON.parse(line))
    .filter(({ time }) => new Date(time) >= since);
}

/** Runs a shell script in mounts of its own, with an empty folder in place of the log's, and then what stands behind it. */
export function withOwnLog(script = ':', options = 'mode=700'): string[] {
  const mount = `mkdir -p -m 700 ${auditFolder} && mount -t tmpfs -o ${options} tmpfs ${auditFolder}`;
  return ['unshare', '--mount', 'sh', '-ec', `${mount}; cd ${auditFolder}; ${script}; exec "$@"`, 'sh'];
}
