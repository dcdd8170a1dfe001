/** The questions before a degrade; Enter takes the first choice. */

import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import {
  type Degrading,
  type Direction,
  directions,
  isRate,
  maxRate,
  minRate,
  parseRate,
  rateText,
} from '../../agent/protocol';
import type { Steps } from '../steps';
import { directionText, lossText, rateChoiceText } from './degrade-text';

const t = vscode.l10n.t;

/** Percent of the packets; the first is the usual one. */
const offeredLosses = [5, 1, 20, 50];
/** Bytes a second. */
const offeredRates = [1_000_000, 100_000, 50_000];
const seeds = 2 ** 32;

export async function askDegrading(steps: Steps): Promise<Degrading> {
  const chosen = await steps.choose<Degrading | 'loss' | 'rate'>({
    placeHolder: t('What becomes of its packets?'),
    items: [
      ...offeredLosses.map((percent) => ({ value: lossOf(percent), label: lossText(t, percent) })),
      { value: 'loss', label: t('Another share of them...') },
      ...offeredRates.map((rate) => ({ value: rateOf(rate), label: rateChoiceText(t, rate) })),
      { value: 'rate', label: t('Another rate...') },
      {
        value: { kind: 'half-open' },
        label: t('Half-open'),
        detail: t('All packets of one connection vanish, and neither end is told. New connections go on.'),
      },
    ],
    more: 2,
  });
  if (chosen === 'loss') return lossOf(await askPercent(steps));
  return chosen === 'rate' ? rateOf(await askRate(steps)) : chosen;
}

function rateOf(bytesPerSecond: number): Degrading {
  return { kind: 'rate', bytesPerSecond };
}

async function askRate(steps: Steps): Promise<number> {
  const text = await steps.text({
    prompt: t('How many bytes in a second? Such as 100kB/s or 1.5MB/s'),
    value: '100kB/s',
    validate: (typed) =>
      isRate(parseRate(typed)) ? undefined : t('From {0} to {1}', rateText(minRate), rateText(maxRate)),
    more: 2,
  });
  return parseRate(text) ?? 0; // it is valid
}

/** Which packets are lost differs each time. */
function lossOf(percent: number): Degrading {
  return { kind: 'loss', percent, seed: randomInt(seeds) };
}

async function askPercent(steps: Steps): Promise<number> {
  const isShare = (text: string) =>
    /^\d{1,3}(\.\d{1,4})?$/.test(text) && Number(text) > 0 && Number(text) <= 100;
  const text = await steps.text({
    prompt: t('How many percent of the packets? Such as 5 or 0.5'),
    value: '5',
    validate: (typed) => (isShare(typed) ? undefined : t('More than 0, up to 100')),
    more: 2,
  });
  return Number(text);
}

export function askDirection(steps: Steps): Promise<Direction> {
  const order: readonly Direction[] = ['both', ...directions.filter((each) => each !== 'both')];
  return steps.choose({
    placeHolder: t('Which packets?'),
    items: order.map((value) => ({ value, label: directionText(t, value) })),
    more: 1,
  });
}
