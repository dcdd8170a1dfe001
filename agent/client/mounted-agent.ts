/** The agent of the host, whose folder is mounted into a container in which root may not start one. */

import { readdirSync } from 'node:fs';
import { runFolder } from '../common/agent-socket';

/**
 * The user whom it serves; null: there is none, or several, of which SUDO_UID chooses one. Whether only root could have put it there,
 * findAgentSocket checks. `base` is a parameter for tests only.
 */
export function mountedUid(base = runFolder): number | null {
  const [only, another] = uidsIn(base);
  return only === undefined || another !== undefined ? null : only;
}

/** Those but root's, who has no agent on the host that others may use. */
function uidsIn(base: string): number[] {
  try {
    return readdirSync(base)
      .filter((name) => /^[1-9]\d{0,9}$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
