/** Giving root up, for good. Node has many threads: process.setuid reaches all of them, and so does the seal. */

import { sealProcess } from '../broker-link/native';
import { nobody } from '../common/serve-arguments';

/**
 * Becomes the user that is served, without capabilities, groups, new privileges or exec. An agent that serves root becomes
 * nobody: uid 0 would still own every file of root's.
 */
export function dropPrivileges(uid: number, gid: number): void {
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('not on Linux');
  process.setgroups([]);
  process.setgid(uid === 0 ? nobody : gid);
  process.setuid(uid === 0 ? nobody : uid);
  sealProcess();
}
