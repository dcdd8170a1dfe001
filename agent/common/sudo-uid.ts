/** SUDO_UID, in which sudo, or the unit of systemd, names the user whom a process of root acts for. */

import { UsageError } from './usage-error';

/** The kernel reserves the id of all ones. */
const maxId = 4_294_967_294;

/** Null: it names nobody. Throws UsageError. */
export function sudoUid(): number | null {
  const text = process.env.SUDO_UID ?? '';
  if (text === '') return null;
  const uid = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (uid <= maxId) return uid;
  throw new UsageError(
    `SUDO_UID="${text}" in the environment is not a uid: unset it, or start the unit of a uid, such as sockscope@1000.socket`,
  );
}
