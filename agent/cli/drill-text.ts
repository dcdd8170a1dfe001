/** What a drill prints for people: each thing as it happens, then a table. */

import { type Backoff, type DrillEvent, type DrillResult, formatEndpoint } from '../protocol';
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
      if (result === 'pending') return null; // told again with its result
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
    rounds.map(({ round, verdict, destroyed, firstAttemptMs, recoveredMs, bytesMs, attempts }) => [
      String(round),
      verdict,
      String(destroyed),
      ms(firstAttemptMs),
      ms(recoveredMs),
      ms(bytesMs),
      String(attempts.length),
    ]),
  );
  const { recovered, p50Ms, p95Ms, backoffDetail } = summary;
  printLine(
    `${recovered} of ${rounds.length} recovered; p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}; backoff: ${backoffText(backoffDetail)}${cancelled ? '; cancelled' : ''}`,
  );
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
