/** The questions before a degrade; Enter takes the first choice. */

import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import { type Degrading, type Direction, directions } from '../../agent/protocol';
import type { Steps } from '../steps';
import { directionText, lossText } from './degrade-text';

const t = vscode.l10n.t;

/** Percent of the packets; the first is the usual one. */
const offered = [5, 1, 20, 50];
const seeds = 2 ** 32;

export async function askDegrading(steps: Steps): Promise<Degrading> {
  const chosen = await steps.choose<Degrading | null>({
    placeHolder: t('What becomes of its packets?'),
    items: [
      ...offered.map((percent) => ({ value: lossOf(percent), label: lossText(t, percent) })),
      { value: null, label: t('Other...') },
      {
        value: { kind: 'half-open' },
        label: t('Half-open'),
        detail: t('All packets of one connection vanish, and neither end is told. New connections go on.'),
      },
    ],
    more: 2,
  });
  return chosen ?? lossOf(await askPercent(steps));
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
