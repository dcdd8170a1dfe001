/** Drops root for good, in all of Node's threads: process.setuid and the seal reach each of them. */

import { sealProcess } from '../broker-link/native';
import { nobodyId } from '../common/serve-arguments';

/**
 * Becomes the user that is served, without capabilities, groups, new privileges or exec. An agent that serves root becomes
 * nobody: as uid 0 it would still own root's files.
 */
export function dropPrivileges(uid: number, gid: number): void {
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('not on Linux');
  process.setgroups([]);
  process.setgid(uid === 0 ? nobodyId : gid);
  process.setuid(uid === 0 ? nobodyId : uid);
  sealProcess();
}
