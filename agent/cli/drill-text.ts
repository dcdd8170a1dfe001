/** Text output of a drill: a line for each event, then a table. */

import { type Backoff, type DrillEvent, type DrillResult, formatEndpoint, type Round } from '../protocol';
import { printLine, printTable } from './output';

export function printProgress(event: DrillEvent): void {
  const line = progressText(event);
  if (line !== null) printLine(line);
}

function progressText(event: DrillEvent): string | null {
  switch (event.kind) {
    case 'destroyed':
      return `round ${event.round}  ${event.count} destroyed`;
    case 'held':
      return `round ${event.round}  held down (${event.fault}) for ${event.untilMs} ms`;
    case 'attempt': {
      const { atMs, durationMs, result, remote, byOutage } = event.attempt;
      if (result === 'pending') return null; // a second event has its result
      const by = byOutage ? ', by the outage' : '';
      return `round ${event.round}  +${atMs.toFixed(1)} ms  ${formatEndpoint(remote)}  ${result} after ${durationMs.toFixed(1)} ms${by}`;
    }
    case 'round':
      return `round ${event.round.round}  ${event.round.verdict}: ${event.round.message}`;
  }
}

export function printSummary({ rounds, summary, cancelled }: DrillResult): void {
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
      String(round.attempts.length),
    ]),
  );
  const { recovered, p50Ms, p95Ms, backoffDetail } = summary;
  printLine(
    `${recovered} of ${rounds.length} recovered${connectionsText(rounds)}; p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}; backoff: ${backoffText(backoffDetail)}${cancelled ? '; cancelled' : ''}`,
  );
}

/** `12.3 ms`; of several connections, `10 of 10, 12.3 ms` (time of the last) or `1 of 10, 12.3 ms` (time of the first). */
function recoveredText({ cut, recovered, recoveredMs, allRecoveredMs }: Round): string {
  if (cut <= 1) return ms(allRecoveredMs);
  const at = allRecoveredMs ?? recoveredMs;
  return `${recovered} of ${cut}${at === null ? '' : `, ${ms(at)}`}`;
}

function connectionsText(rounds: readonly Round[]): string {
  if (rounds.every(({ cut }) => cut <= 1)) return '';
  const sum = (of: 'cut' | 'recovered') => rounds.reduce((total, round) => total + round[of], 0);
  return `, ${sum('recovered')} of ${sum('cut')} connections`;
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} ms`;
}

/** `exponential with jitter, at most 2000 ms (90 % sure)` */
export function backoffText({ kind, jitter, capMs, confidence }: Backoff): string {
  if (kind === 'none' || kind === 'unclear') return kind;
  const cap = capMs === null ? '' : `, at most ${capMs} ms`;
  return `${kind}${jitter ? ' with jitter' : ''}${cap} (${Math.round(confidence * 100)} % sure)`;
}
