/** Texts of degrades. Pure. */

import {
  type DegradeParams,
  type DegradeResult,
  type Degrading,
  type Direction,
  durationText,
  rateText,
  type Socket,
} from '../../agent/protocol';
import type { Question } from '../actions/destroy-text';
import { numberText, type Translate } from '../base/text';
import { affectedText, aimText, outageTarget } from './fault-text';

export function lossText(t: Translate, percent: number): string {
  return t('{0} % of them are lost', String(percent));
}

export function rateChoiceText(t: Translate, bytesPerSecond: number): string {
  return t('Each connection has {0} at most', rateText(bytesPerSecond));
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
  const parts = [
    `${effectText(t, how)} ${t('Which: {0}.', directionText(t, direction))}`,
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

function effectText(t: Translate, how: Degrading): string {
  if (how.kind === 'loss')
    return t('{0} % of its packets are lost, of living connections and new ones.', String(how.percent));
  if (how.kind === 'rate')
    return t(
      'Each connection, living or new, has {0} at most in each direction; what is too fast is held back.',
      rateText(how.bytesPerSecond),
    );
  return t('All packets of this connection vanish, and neither end is told.');
}

/** What was asked for beside what was measured. */
export function measuredText(
  t: Translate,
  { how, direction }: Pick<DegradeParams, 'how' | 'direction'>,
  result: DegradeResult,
): string {
  const { outage, measured } = result;
  if (how.kind === 'rate') return measuredRateText(t, how.bytesPerSecond, direction, result);
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

/** Each direction has the rate for itself. */
function measuredRateText(
  t: Translate,
  asked: number,
  direction: Direction,
  { outage, measured, sockets }: DegradeResult,
): string {
  const rates = {
    in: rateText(measured.in.bytesPerSecond),
    out: rateText(measured.out.bytesPerSecond),
    asked: rateText(asked),
  };
  const target = outageTarget(outage);
  const texts: Record<Direction, () => string> = {
    both: () => t('{0}: {1} in and {2} out, of {3} asked for.', target, rates.in, rates.out, rates.asked),
    in: () => t('{0}: {1} in, of {2} asked for.', target, rates.in, rates.asked),
    out: () => t('{0}: {1} out, of {2} asked for.', target, rates.out, rates.asked),
  };
  const parts = [texts[direction]()];
  if (sockets !== null && sockets > 1)
    parts.push(t('These are {0} connections, each of which may have that.', numberText(sockets)));
  if (measured[direction].dropped === 0) parts.push(t('Nothing was held back.'));
  return parts.join(' ');
}
