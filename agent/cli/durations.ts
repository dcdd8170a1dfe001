/** Durations in arguments. */

import { formatDuration, parseDuration } from '../protocol';
import { CommandError, Exit } from './exit';

/** Milliseconds, from `minMs` to `maxMs`. Throws CommandError (usage). */
export function readDuration(option: string, value: string, minMs: number, maxMs: number): number {
  const ms = parseDuration(value);
  if (ms === null)
    throw new CommandError(
      Exit.usage,
      `--${option} "${value}" is not a duration: write a number and a unit, such as 500ms, 10s or 2m`,
    );
  if (ms >= minMs && ms <= maxMs) return ms;
  throw new CommandError(
    Exit.usage,
    `--${option} is ${formatDuration(minMs)} to ${formatDuration(maxMs)}, not "${value}"`,
  );
}
