/** What `sockscope degrade` is to do: `--loss 5% --seed 7`, `--rate 100kB/s` or `--half-open`. */

import { randomInt } from 'node:crypto';
import { type Degrading, isRate, maxRate, minRate, parseRate, rateText } from '../protocol';
import { CommandError, Exit } from './exit';

interface Values {
  readonly loss: string;
  readonly rate: string;
  readonly seed: string;
  readonly 'half-open': boolean;
}

const seeds = 2 ** 32;

/** Throws CommandError (usage). */
export function readDegrading({ loss, rate, seed, 'half-open': halfOpen }: Values): Degrading {
  if ([loss !== '', rate !== '', halfOpen].filter(Boolean).length !== 1)
    throw new CommandError(
      Exit.usage,
      'Say what to do: --loss 5%, --rate 100kB/s or --half-open, one of them',
    );
  if (loss !== '') return { kind: 'loss', percent: readLoss(loss), seed: readSeed(seed) };
  if (seed !== '')
    throw new CommandError(Exit.usage, '--seed goes with --loss: nothing else is drawn by chance');
  return halfOpen ? { kind: 'half-open' } : { kind: 'rate', bytesPerSecond: readRate(rate) };
}

function readLoss(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return Number(percent);
  throw new CommandError(
    Exit.usage,
    `--loss "${text}" is not a share of the packets, such as 5% or 0.5%: more than 0%, up to 100%`,
  );
}

function readRate(text: string): number {
  const rate = parseRate(text);
  if (isRate(rate)) return rate;
  throw new CommandError(
    Exit.usage,
    `--rate "${text}" is not a rate in bytes, such as 100kB/s or 1.5MB/s: from ${rateText(minRate)} to ${rateText(maxRate)}`,
  );
}

/** Another one each time, unless it is given. */
function readSeed(text: string): number {
  if (text === '') return randomInt(seeds);
  if (/^\d{1,10}$/.test(text) && Number(text) < seeds) return Number(text);
  throw new CommandError(Exit.usage, `--seed is a number from 0 to ${seeds - 1}, not "${text}"`);
}
