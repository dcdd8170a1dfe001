/** Sentences on a whole drill. */

import { type Backoff, type DrillResult, durationText, type Round, type Socket } from '../protocol';

/** What a drill cuts; the same condition as in the agent. */
export function isDrilled({
  protocol,
  state,
  lifeline,
}: Pick<Socket, 'protocol' | 'state' | 'lifeline'>): boolean {
  return protocol === 'tcp' && state === 'established' && !lifeline;
}

/** Of a filter that matches nothing of the kind. */
export function nothingDrilledText(filter: string): string {
  return `Nothing matches ${filter}: a drill needs an established TCP connection that is no lifeline`;
}

/** A first round that had nothing to cut, with which the drill ends. */
export function isUntouched({ round, verdict }: Round): boolean {
  return round === 1 && (verdict === 'missed' || verdict === 'denied');
}

/** `4 of 5 recovered, 9 of 10 connections; p50 101 ms, p95 120 ms; backoff: constant (90 % sure)` */
export function summaryText({ rounds, summary, cancelled }: DrillResult): string {
  const { recovered, p50Ms, p95Ms, backoffDetail } = summary;
  const times = `p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}`;
  const backoff = backoffText(backoffDetail, longestGap(rounds));
  return `${recovered} of ${rounds.length} recovered${connectionsText(rounds)}; ${times}; backoff: ${backoff}${cancelled ? '; cancelled' : ''}`;
}

function connectionsText(rounds: readonly Round[]): string {
  if (rounds.every(({ cut }) => cut <= 1)) return '';
  const sum = (of: 'cut' | 'recovered') => rounds.reduce((total, round) => total + round[of], 0);
  return `, ${sum('recovered')} of ${sum('cut')} connections`;
}

function ms(value: number | null): string {
  return value === null ? '-' : durationText(value);
}

export function longestGap(rounds: readonly Round[]): number {
  return rounds.reduce((longest, { gapsMs }) => Math.max(longest, ...gapsMs), 0);
}

/** `exponential with jitter, at most 2 s (90 % sure)`; without a cap `exponential, no cap seen up to 4 s (33 % sure)` */
export function backoffText({ kind, jitter, capMs, confidence }: Backoff, longestMs: number): string {
  if (kind === 'none' || kind === 'unclear') return kind;
  const growth =
    capMs === null ? `, no cap seen up to ${durationText(longestMs)}` : `, at most ${durationText(capMs)}`;
  const cap = kind === 'constant' ? '' : growth;
  return `${kind}${jitter ? ' with jitter' : ''}${cap} (${Math.round(confidence * 100)} % sure)`;
}
