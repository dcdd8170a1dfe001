/** What of a fault was not as expected: sentences without a full stop. */

import type { DrillResult, Round } from '../../protocol';
import { isUntouched, nothingDrilledText } from '../drill-summary';
import { isLate, lateText } from '../late-round';
import type { Expected } from './steps';

/** Empty: all was as expected. */
export function failuresOf(filter: string, result: DrillResult, expected: Expected): string[] {
  const { rounds, cancelled } = result;
  const [first] = rounds;
  if (first && isUntouched(first))
    return [first.verdict === 'denied' ? first.message : nothingDrilledText(filter)];
  const failures = rounds.flatMap((round) =>
    roundFailures(round, expected).map((text) => `Round ${round.round} ${text}`),
  );
  return cancelled ? [...failures, 'It was interrupted'] : failures;
}

function roundFailures(round: Round, { recovery, maxAttempts, noCrash }: Expected): string[] {
  const late = recovery && isLate(round, recovery) ? [lateText(round, recovery)] : [];
  const crash = noCrash ? crashText(round) : null;
  const many = maxAttempts === null ? null : attemptsText(round, maxAttempts);
  return [...late, crash, many].filter((text) => text !== null);
}

/** Null: no process has ended, as far as all events came. */
function crashText({ exit, incomplete, message }: Round): string | null {
  if (exit !== null) return `is not to end a process: ${message}`;
  return incomplete ? `may have ended a process: ${message}` : null;
}

function attemptsText({ attemptCount, incomplete, message }: Round, max: number): string | null {
  if (attemptCount > max) return `had ${attemptCount} attempts to connect, at most ${max} are expected`;
  return incomplete ? `may have had more than ${max} attempts to connect: ${message}` : null;
}
