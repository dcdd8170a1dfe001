/** Texts of degrades. Pure. */

import {
  type DegradeParams,
  type DegradeResult,
  type Direction,
  durationText,
  type Socket,
} from '../../agent/protocol';
import type { Question } from '../actions/destroy-text';
import { numberText, type Translate } from '../base/text';
import { affectedText, aimText, outageTarget } from './fault-text';

export function lossText(t: Translate, percent: number): string {
  return t('{0} % of them are lost', String(percent));
}

export function directionText(t: Translate, direction: Direction): string {
  const texts: Record<Direction, () => string> = {
    both: () => t('Those that its program gets, and those that it sends'),
    in: () => t('Those that its program gets'),
    out: () => t('Those that its program sends'),
  };
  return texts[direction]();
}

/** The question before a degrade. `matching`: the visible connections that match now. */
export function degradeQuestion(
  t: Translate,
  { filter, how, direction, forMs }: DegradeParams,
  matching: readonly Socket[],
): Question {
  const act =
    how.kind === 'loss'
      ? t('{0} % of its packets are lost, of living connections and new ones.', String(how.percent))
      : t('All packets of this connection vanish, and neither end is told.');
  const parts = [
    `${act} ${t('Which: {0}.', directionText(t, direction))}`,
    t('No connection is destroyed.'),
    affectedText(t, matching),
    t(
      'It ends by itself, with this window, or by a click in the status bar. Then it says what was measured.',
    ),
  ];
  return {
    message: t('Degrade {0} for {1}?', aimText(filter, matching), durationText(forMs)),
    detail: parts.join('\n\n'),
  };
}

/** What was asked for beside what was measured. */
export function measuredText(
  t: Translate,
  { how, direction }: Pick<DegradeParams, 'how' | 'direction'>,
  { outage, measured }: DegradeResult,
): string {
  const { seen, dropped, percent } = measured[direction];
  const counts = [outageTarget(outage), numberText(dropped), numberText(seen)] as const;
  return how.kind === 'loss'
    ? t(
        '{0}: {1} of {2} packets were lost: {3} %, of {4} % asked for.',
        ...counts,
        String(Number((percent ?? 0).toPrecision(3))),
        String(how.percent),
      )
    : t('{0}: {1} of {2} packets were swallowed.', ...counts);
}
