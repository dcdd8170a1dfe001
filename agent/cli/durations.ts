/** Durations among the arguments. */

import { parseDuration } from '../protocol';
import { CommandError, Exit } from './exit';

/** Milliseconds, `least` to `most`. Throws CommandError (usage). */
export function readDuration(option: string, value: string, least: number, most: number): number {
  const ms = parseDuration(value);
  if (ms === null)
    throw new CommandError(
      Exit.usage,
      `--${option} "${value}" is no duration: write a number and a unit, such as 500ms, 10s or 2m`,
    );
  if (ms >= least && ms <= most) return ms;
  throw new CommandError(Exit.usage, `--${option} is ${least} ms to ${most / 60_000} min, not "${value}"`);
}
