/** Files that their user reads, and root may not: sudo can then start none of them. */

import { readFileSync, realpathSync } from 'node:fs';
import { missingProc } from '../common/missing-proc';

export interface ClosedMount {
  readonly path: string;
  /** `surely`: a file system of a user's own program (an AppImage, sshfs). `perhaps`: NFS, by root_squash, its default. */
  readonly closed: 'surely' | 'perhaps';
  /** As /proc/self/mountinfo names it: `fuse.sshfs`, `nfs4`. */
  readonly type: string;
}

/** Of the first of these files; null: root reads them all, as far as their mounts say. */
export function closedToRoot(files: readonly string[]): ClosedMount | null {
  if (missingProc() !== null) return null;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return files.map((file) => closedMount(realpathSync(file), mounts)).find((found) => found !== null) ?? null;
}

/** `mounts`: /proc/self/mountinfo. */
export function closedMount(file: string, mounts: string): ClosedMount | null {
  const above = mounts
    .trimEnd()
    .split('\n')
    .map(parse)
    .filter(({ path }) => path === '/' || file === path || file.startsWith(`${path}/`));
  // Of two at one place, the later one covers the other.
  const mount = above.reduce<Mount | null>(
    (found, each) => (found && found.path.length > each.path.length ? found : each),
    null,
  );
  if (!mount) return null;
  const { path, type, options } = mount;
  if (/^nfs/.test(type)) return { path, type, closed: 'perhaps' };
  const isUsers =
    /^fuse(\.|$)/.test(type) && !options.includes('allow_other') && !options.includes('user_id=0');
  return isUsers ? { path, type, closed: 'surely' } : null;
}

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** `36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue`: proc(5). */
function parse(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , , path = ''] = before.split(' ');
  const [type = '', , options = ''] = after.split(' ');
  return { path: path.replace(/\\040/g, ' '), type, options: options.split(',') };
}
