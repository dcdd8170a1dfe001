/** `sockscope` on the PATH that sudo has on most systems: not in /usr/local/bin, where npm puts one for users. */

import { existsSync, lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installFolder, launcher } from '../../common/installed-files';
import { changeableByOthers } from '../../common/root-only';

export const linkPath = '/usr/local/sbin/sockscope';
const target = join(installFolder, launcher);

/** Unless something else is there, or others can change the folder. */
export function makeLink(): void {
  const folder = dirname(linkPath);
  if (!existsSync(folder) || changeableByOthers(folder).length > 0) return;
  if (!lstatSync(linkPath, { throwIfNoEntry: false })) symlinkSync(target, linkPath);
}

export function removeLink(): void {
  if (isOurs()) rmSync(linkPath);
}

function isOurs(): boolean {
  const stats = lstatSync(linkPath, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() === true && readlinkSync(linkPath) === target;
}
