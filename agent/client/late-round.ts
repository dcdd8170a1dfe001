/** Which rounds of a drill fail a CI job. */

import { formatDuration, limits, type Round } from '../protocol';

/** What is expected of a round. */
export interface Expectation {
  /** Time in which connections are to be back; null: the round's own wait. */
  readonly withinMs: number | null;
  /** How many; null: all that were cut. */
  readonly atLeast: number | null;
}

/** As many connections as each of so many rounds lists. */
export function maxAtLeast(times: number): number {
  return Math.min(limits.roundAttempts, Math.floor(limits.drillAttempts / times));
}

/** Too few connections came back in time, or it is not known, or a process ended. */
export function isLate(round: Round, { withinMs, atLeast }: Expectation): boolean {
  const { allRecoveredMs, exit, incomplete } = round;
  if (exit !== null) return true;
  if (allRecoveredMs !== null && (withinMs === null || allRecoveredMs <= withinMs))
    return round.cut < (atLeast ?? 0);
  if (atLeast === null) return true;
  // Where events were lost, a connection may have been lost again.
  return (incomplete && allRecoveredMs === null) || backInTime(round, withinMs) < atLeast;
}

/** `did not recover within 2s: 3 of 10 connections came back, at least 5 are expected` */
export function lateText(round: Round, { withinMs, atLeast }: Expectation): string {
  const { allRecoveredMs, cut, exit, message } = round;
  const within = withinMs === null ? '' : ` within ${formatDuration(withinMs)}`;
  if (atLeast !== null && exit === null)
    return `did not recover${within}: ${backInTime(round, withinMs)} of ${cut} connections came back, at least ${atLeast} are expected`;
  return `did not recover${within}: ${allRecoveredMs === null || exit !== null ? message : `${allRecoveredMs} ms`}`;
}

/** Of those that are listed: the earliest. */
function backInTime({ lost }: Round, withinMs: number | null): number {
  return lost.filter(({ backMs }) => backMs !== null && backMs <= (withinMs ?? Number.POSITIVE_INFINITY))
    .length;
}
