/** Which rounds of a drill fail a CI job. */

import type { Round } from '../protocol';

/** Not all connections came back, or not within the limit (null: there is none), or it is not known, or the process ended. */
export function isLate({ allRecoveredMs, exit }: Round, withinMs: number | null): boolean {
  return allRecoveredMs === null || exit !== null || (withinMs !== null && allRecoveredMs > withinMs);
}
