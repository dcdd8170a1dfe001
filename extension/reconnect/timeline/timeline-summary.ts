/** The summary of a run, as texts and as numbers to compare. Pure; escapes all names. */

import { type Backoff, durationText, type Verdict, verdicts } from '../../../agent/protocol';
import { numberText, plain, type Translate } from '../../base/text';
import { backoffWord, verdictWord } from './result-words';
import type { Run, RunRound } from './timeline-run';
import type { RunHead } from './timeline-view';

export function summaryLabels(t: Translate): readonly string[] {
  return [
    t('Target'),
    t('State'),
    t('Held down'),
    t('Recovered'),
    t('Time to recover, p50'),
    t('Time to recover, p95'),
    t('Attempts'),
    t('Backoff'),
    t('Verdicts'),
  ];
}

export function summaryCells(t: Translate, run: Run): readonly string[] {
  const { target, hold, summary, rounds } = run;
  const ended = rounds.filter(({ verdict }) => verdict !== null);
  return [
    plain(target, 300),
    stateText(t, run),
    hold ? t('{0}, {1}', hold.fault, durationText(hold.ms)) : t('no'),
    recoveredRounds(t, summary.recovered, ended),
    orDash(summary.p50Ms),
    orDash(summary.p95Ms),
    atLeast(
      t,
      rounds.reduce((sum, { attemptCount }) => sum + attemptCount, 0),
      rounds.some(({ incomplete }) => incomplete),
    ),
    run.state === 'running' || run.state === 'broken'
      ? t('not known yet')
      : backoffText(t, summary.backoffDetail),
    verdictCounts(
      t,
      ended.flatMap(({ verdict }) => verdict ?? []),
    ),
  ];
}

/** In the order of summaryLabels. */
export function summaryNumbers({ hold, summary, rounds }: Run): RunHead['numbers'] {
  const ms = (value: number | null) => (value === null ? null : { value, unit: 'ms' as const });
  const count = (value: number) => ({ value, unit: 'count' as const });
  const attempts = rounds.reduce((sum, { attemptCount }) => sum + attemptCount, 0);
  return [
    null,
    null,
    ms(hold?.ms ?? null),
    count(summary.recovered),
    ms(summary.p50Ms),
    ms(summary.p95Ms),
    count(attempts),
    null,
    null,
  ];
}

/** `4 of 5`, and of how many connections where there were several. */
function recoveredRounds(t: Translate, recovered: number, rounds: readonly RunRound[]): string {
  const of = t('{0} of {1}', numberText(recovered), numberText(rounds.length));
  const connections = countConnections(rounds);
  return connections
    ? t('{0}, {1} of {2} connections', of, numberText(connections.recovered), numberText(connections.cut))
    : of;
}

/** Connections of all rounds; null: no round had more than one. */
export function countConnections(
  rounds: readonly Pick<RunRound, 'cut' | 'recovered'>[],
): { readonly cut: number; readonly recovered: number } | null {
  if (rounds.every(({ cut }) => cut <= 1)) return null;
  const sum = (of: 'cut' | 'recovered') => rounds.reduce((total, round) => total + round[of], 0);
  return { cut: sum('cut'), recovered: sum('recovered') };
}

/** A number that is a minimum where events were lost. */
export function atLeast(t: Translate, count: number, isMinimum: boolean): string {
  return isMinimum ? t('at least {0}', numberText(count)) : numberText(count);
}

export function orDash(ms: number | null): string {
  return ms === null ? '-' : durationText(ms);
}

/** `exponential with jitter, at most 2 s (90 % sure)` */
function backoffText(t: Translate, { kind, jitter, capMs, confidence }: Backoff): string {
  const word = backoffWord(t, kind);
  if (kind === 'none' || kind === 'unclear') return word;
  const parts = [jitter ? t('{0} with jitter', word) : word];
  if (capMs !== null) parts.push(t('at most {0}', durationText(capMs)));
  return t('{0} ({1} % sure)', parts.join(', '), String(Math.round(confidence * 100)));
}

function verdictCounts(t: Translate, found: readonly Verdict[]): string {
  const counts = verdicts
    .map((verdict) => ({ verdict, count: found.filter((one) => one === verdict).length }))
    .filter(({ count }) => count > 0);
  return counts.length === 0
    ? '-'
    : counts.map(({ verdict, count }) => `${numberText(count)} ${verdictWord(t, verdict)}`).join(', ');
}

export function stateText(t: Translate, { state, rounds, planned }: Run): string {
  switch (state) {
    case 'running':
      return t('Running: round {0} of {1}', numberText(Math.max(1, rounds.length)), numberText(planned));
    case 'done':
      return t('Done');
    case 'cancelled':
      return rounds.length === 1
        ? t('Stopped after 1 round')
        : t('Stopped after {0} rounds', numberText(rounds.length));
    case 'broken':
      return t('The agent ended before the drill did');
    case 'saved':
      return t('Read from a file');
  }
}
