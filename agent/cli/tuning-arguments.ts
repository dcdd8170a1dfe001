/** What `sockscope tune` is to set: `--keepalive 30s/10s/3` and `--user-timeout 20s`, either of them `off`. */

import { type Keepalive, limits, maxKeepalive, parseDuration, type Tuning } from '../protocol';
import { readDuration } from './durations';
import { CommandError, Exit } from './exit';

interface Values {
  readonly keepalive: string;
  readonly 'user-timeout': string;
  readonly restore: boolean;
}

/** Null: --restore. Throws CommandError (usage). */
export function readTuning({ keepalive, 'user-timeout': userTimeout, restore }: Values): Tuning | null {
  const isSet = keepalive !== '' || userTimeout !== '';
  if (restore && isSet)
    throw new CommandError(
      Exit.usage,
      '--restore gives back what was: leave --keepalive and --user-timeout away',
    );
  if (restore) return null;
  if (!isSet)
    throw new CommandError(
      Exit.usage,
      'Say what to set: --keepalive 30s/10s/3, --user-timeout 20s, either of them off, or --restore',
    );
  return {
    ...(keepalive === '' ? {} : { keepalive: keepalive === 'off' ? null : readKeepalive(keepalive) }),
    ...(userTimeout === '' ? {} : { userTimeoutMs: readUserTimeout(userTimeout) }),
  };
}

function readUserTimeout(text: string): number {
  return text === 'off' ? 0 : readDuration('user-timeout', text, 1, limits.livenessMs);
}

function readKeepalive(text: string): Keepalive {
  const [idle = '', interval = '', probes = '', ...more] = text.split('/');
  const found = { idleS: seconds(idle), intervalS: seconds(interval), probes: Number(probes) };
  const isWithin = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;
  const fits =
    more.length === 0 &&
    isWithin(found.idleS, maxKeepalive.idleS) &&
    isWithin(found.intervalS, maxKeepalive.intervalS) &&
    isWithin(found.probes, maxKeepalive.probes);
  if (fits) return found;
  throw new CommandError(
    Exit.usage,
    `--keepalive "${text}" is not an idle time, an interval and a number of probes, such as 30s/10s/3: whole seconds up to 9h, and at most ${maxKeepalive.probes} probes`,
  );
}

function seconds(text: string): number {
  return (parseDuration(text) ?? Number.NaN) / 1000;
}
