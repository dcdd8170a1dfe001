/** What a step does, in a few words. */

import { count } from '../../common/process-text';
import { formatDuration } from '../../protocol';
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
