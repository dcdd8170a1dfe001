/** Drops root for good, in all of Node's threads: process.setuid and the seal reach each of them. */

import { sealProcess } from '../broker-link/native';

/**
 * Takes this uid, and the gid of the same number, without capabilities, groups, new privileges or exec. From here on the
 * program's own files cannot be counted on: the user's home may be closed to others.
 */
export function dropPrivileges(own: number): void {
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('not on Linux');
  process.chdir('/');
  process.setgroups([]);
  process.setgid(own);
  process.setuid(own);
  sealProcess();
}
