/** What a step does, and what a degrade measured, in a few words. */

import { count } from '../../common/process-text';
import { type DegradeParams, type DegradeResult, formatDuration, rateText } from '../../protocol';
import { degradingText } from '../fault-questions';
import type { FaultStep, Step } from './steps';

/** `wait for remote:6379`, `outage of remote:6379, refused for 2s`, as long as the file has no name for it. */
export function stepText(step: Step): string {
  if (step.name !== null) return step.name;
  if (step.kind === 'wait') return `wait for ${step.filter}`;
  if (step.kind !== 'degrade') return faultText(step);
  const { params } = step;
  return `degrade ${params.filter}, ${degradingText(params)}, for ${formatDuration(params.forMs)}`;
}

function faultText({ kind, params: { filter, times, hold } }: FaultStep): string {
  const down = hold ? `, ${hold.fault} for ${formatDuration(hold.ms)}` : '';
  const often = kind === 'drill' ? `, ${count(times, 'round')}` : '';
  return `${kind === 'outage' ? 'outage of' : kind} ${filter}${often}${down}`;
}

/** `12 of 240 packets dropped, 5%`, `in 99.7 kB/s, out 1.2 kB/s`. */
export function measuredText({ how, direction }: DegradeParams, { measured }: DegradeResult): string {
  const { seen, dropped, percent } = measured[direction];
  if (how.kind !== 'rate')
    return `${dropped} of ${count(seen, 'packet')} dropped${percent === null ? '' : `, ${percent}%`}`;
  const ways = direction === 'both' ? (['in', 'out'] as const) : [direction];
  return ways.map((way) => `${way} ${rateText(measured[way].bytesPerSecond)}`).join(', ');
}
