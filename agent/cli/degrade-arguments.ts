/** What `sockscope degrade` is to do: `--loss 5% --seed 7`, or `--half-open`. */

import { randomInt } from 'node:crypto';
import type { Degrading } from '../protocol';
import { CommandError, Exit } from './exit';

interface Values {
  readonly loss: string;
  readonly seed: string;
  readonly 'half-open': boolean;
}

const seeds = 2 ** 32;

/** Throws CommandError (usage). */
export function readDegrading({ loss, seed, 'half-open': halfOpen }: Values): Degrading {
  if (halfOpen === (loss !== ''))
    throw new CommandError(Exit.usage, 'Say what to do: --loss 5% or --half-open, one of them');
  if (halfOpen && seed !== '')
    throw new CommandError(Exit.usage, '--seed goes with --loss: --half-open drops all packets');
  return halfOpen ? { kind: 'half-open' } : { kind: 'loss', percent: readLoss(loss), seed: readSeed(seed) };
}

function readLoss(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return Number(percent);
  throw new CommandError(
    Exit.usage,
    `--loss "${text}" is not a share of the packets, such as 5% or 0.5%: more than 0%, up to 100%`,
  );
}

/** Another one each time, unless it is given. */
function readSeed(text: string): number {
  if (text === '') return randomInt(seeds);
  if (/^\d{1,10}$/.test(text) && Number(text) < seeds) return Number(text);
  throw new CommandError(Exit.usage, `--seed is a number from 0 to ${seeds - 1}, not "${text}"`);
}
