/** Durations in options. */

import { parseDuration } from '../../protocol';
import { SockscopeError } from './errors';

/** Milliseconds, or text such as `500ms`, `10s`, `2m` and `1h`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

/** Whole milliseconds. Throws SockscopeError (invalidParams). */
export function toMs(option: string, duration: Duration): number {
  const ms = typeof duration === 'number' ? Math.round(duration) : parseDuration(duration);
  if (ms !== null && ms >= 0 && Number.isFinite(ms)) return ms;
  throw new SockscopeError(
    'invalidParams',
    `${option}: "${duration}" is not a duration: pass milliseconds, or text such as 500ms, 10s or 2m`,
  );
}
