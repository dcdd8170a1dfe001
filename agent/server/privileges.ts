/** Drops root for good, in all of Node's threads: process.setuid and the seal reach each of them. */

import { sealProcess } from '../broker-link/native';
import { StartRefused } from '../system/root-folder';

/**
 * Takes this uid, and the gid of the same number, without capabilities, groups, new privileges or exec. From here on the
 * program's own files cannot be counted on: the user's home may be closed to others. Throws StartRefused.
 */
export function dropPrivileges(own: number): void {
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('not on Linux');
  process.chdir('/');
  try {
    process.setgroups([]);
    process.setgid(own);
    process.setuid(own);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    throw new StartRefused(
      `Root may not take another uid here (${syscall}: ${code}): grant CAP_SETUID and CAP_SETGID, for example to the container`,
    );
  }
  sealProcess();
}
