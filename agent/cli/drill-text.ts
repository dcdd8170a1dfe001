/** Text output of a drill: a line for each event, then a table. */

import { isUntouched, summaryText } from '../client/drill-summary';
import {
  type AttemptGroup,
  attemptCountText,
  type DrillEvent,
  type DrillResult,
  durationText,
  formatEndpoint,
  type Round,
} from '../protocol';
import { printLine, printTable } from './output';
import { sweepsOf, zeroGapMs, zeroGapsOf } from './sweeps';

/** Sweeps that are printed one by one, of a round. */
const maxSweeps = 3;

export function printProgress(event: DrillEvent): void {
  const line = progressText(event);
  if (line !== null) printLine(line);
}

function progressText(event: DrillEvent): string | null {
  switch (event.kind) {
    case 'destroyed':
      return `round ${event.round}  ${event.count} destroyed`;
    case 'held':
      return `round ${event.round}  held down (${event.fault}) for ${durationText(event.untilMs)}`;
    case 'attempt': {
      const { atMs, durationMs, result, remote, byOutage } = event.attempt;
      if (result === 'pending') return null; // a second event has its result
      const by = byOutage ? ', by the outage' : '';
      return `round ${event.round}  +${durationText(atMs)}  ${formatEndpoint(remote)}  ${result} after ${durationText(durationMs)}${by}`;
    }
    case 'round':
      if (isUntouched(event.round)) return null; // the error has it
      return `round ${event.round.round}  ${event.round.verdict}: ${event.round.message}`;
  }
}

export function printSummary(result: DrillResult): void {
  const { rounds } = result;
  printLine('');
  printTable(
    ['ROUND', 'VERDICT', 'DESTROYED', 'FIRST ATTEMPT', 'RECOVERED', 'BYTES', 'ATTEMPTS'],
    rounds.map((round) => [
      String(round.round),
      round.verdict,
      String(round.destroyed),
      ms(round.firstAttemptMs),
      recoveredText(round),
      ms(round.bytesMs),
      attemptCountText(round),
    ]),
  );
  for (const one of rounds) {
    const { round, more, dropped } = one;
    for (const text of quickTexts(one)) printLine(`round ${round}  ${text}`);
    for (const group of more) printLine(`round ${round}  ${groupText(group)}`);
    if (dropped > 0) printLine(`round ${round}  ${dropped} events were lost: there may be more attempts`);
  }
  printLine(summaryText(result));
}

/** Sweeps, and attempts without a pause. */
function quickTexts(round: Round): string[] {
  const sweeps = sweepsOf(round);
  const shown = sweeps
    .slice(0, maxSweeps)
    .map(
      ({ servers, firstMs, lastMs }) =>
        `${servers} servers asked in one sweep, ${ms(firstMs)} to ${ms(lastMs)}`,
    );
  const others = sweeps.length > maxSweeps ? [`${sweeps.length - maxSweeps} more sweeps`] : [];
  const zero = zeroGapsOf(round);
  const attempts = zero === 1 ? '1 attempt' : `${zero} attempts`;
  const quick = zero === 0 ? [] : [`${attempts} less than ${zeroGapMs} ms after another to the same server`];
  return [...shown, ...others, ...quick];
}

/** `901 more attempts by pid 42 to 10.0.0.5:6379, 101 ms to 1.1 s, gaps 1 ms (p50) and 1.2 ms (p95): 901 refused` */
function groupText({ pid, remote, count, firstMs, lastMs, gapsMs, results }: AttemptGroup): string {
  const by = pid === null ? 'other processes' : `pid ${pid}`;
  const to = remote === null ? 'several remotes' : formatEndpoint(remote);
  const gaps = gapsMs === null ? '' : `, gaps ${ms(gapsMs.p50)} (p50) and ${ms(gapsMs.p95)} (p95)`;
  const each = Object.entries(results).map(([result, number]) => `${number} ${result}`);
  const what = count === 1 ? '1 more attempt' : `${count} more attempts`;
  return `${what} by ${by} to ${to}, ${ms(firstMs)} to ${ms(lastMs)}${gaps}: ${each.join(', ')}`;
}

/** `12.3 ms`; of several connections, `10 of 10, 12.3 ms` (time of the last) or `1 of 10, 12.3 ms` (time of the first). */
function recoveredText({ cut, recovered, recoveredMs, allRecoveredMs }: Round): string {
  if (cut <= 1) return ms(allRecoveredMs);
  const at = allRecoveredMs ?? recoveredMs;
  return `${recovered} of ${cut}${at === null ? '' : `, ${ms(at)}`}`;
}

function ms(value: number | null): string {
  return value === null ? '-' : durationText(value);
}
