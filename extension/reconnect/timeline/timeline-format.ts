/** Numbers of the timeline as text, for its page. Pure. */

import { durationText } from '../../../agent/protocol/duration';
import type { SummaryNumber } from './timeline-view';

/** From the first run to the second: `+1.2 s`, `-3`, `0 ms`; empty where they cannot be compared. */
export function differenceText(
  first: SummaryNumber | null | undefined,
  second: SummaryNumber | null | undefined,
): string {
  if (!first || !second) return '';
  const difference = second.value - first.value;
  const text = first.unit === 'ms' ? durationText(difference) : String(difference);
  return difference > 0 ? `+${text}` : text;
}

/** As on an axis: `0`, `5 ms`, `1.5 s`, `2 min`, `82:10.5`; exact for round numbers. */
export function formatTick(ms: number): string {
  if (ms === 0) return '0';
  if (Math.abs(ms) < 1000) return `${short(ms)} ms`;
  if (Math.abs(ms) < 120_000) return `${short(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = short(ms / 1000 - minutes * 60);
  return seconds === 0 ? `${minutes} min` : `${minutes}:${seconds < 10 ? '0' : ''}${seconds}`;
}

function short(value: number): number {
  return Number(value.toFixed(3));
}
