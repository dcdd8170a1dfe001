/** How much `sockscope capture` is to take: `--for 30s --packets 1000 --size 100MB --snap 128`. */

import { limits } from '../protocol';
import { readDuration } from './durations';
import { CommandError, Exit } from './exit';

interface Values {
  readonly for: string;
  readonly packets: string;
  readonly size: string;
  readonly snap: string;
}

const units: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };
const maxBytes = 1e12;
const maxPackets = 1e9;

/** Throws CommandError (usage). */
export function readBounds(values: Values) {
  if (values.for === '') throw new CommandError(Exit.usage, 'How long? Add --for, such as --for 30s');
  return {
    forMs: readDuration('for', values.for, 1, limits.captureMs),
    snap: readWhole('snap', values.snap, limits.packet),
    packets:
      values.packets === '' ? Number.POSITIVE_INFINITY : readWhole('packets', values.packets, maxPackets),
    bytes: readSize(values.size),
  };
}

function readWhole(option: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new CommandError(Exit.usage, `--${option} is a number from 1 to ${max}, not "${text}"`);
}

/** Decimal, as sizes of files are. */
function readSize(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(kB|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (units[unit] ?? Number.NaN));
  if (bytes >= 1000 && bytes <= maxBytes) return bytes;
  throw new CommandError(
    Exit.usage,
    `--size "${text}" is not a size from 1kB to 1000GB: write a number and a unit, such as 500kB or 100MB`,
  );
}
