/** Runs drills: rounds of faults against matching connections, and a summary. */

import type { AttemptEvent } from '../broker-link/attempt-records';
import { monotonic } from '../broker-link/clock';
import { AutoResetEvent } from '../common/auto-reset-event';
import { type DrillResult, type DrillSummary, quantile, type Round } from '../protocol';
import { findBackoff } from './backoff';
import { checkIntervalMs, type DrillCall, DrillRound } from './drill-round';

export async function drill(call: DrillCall): Promise<DrillResult> {
  const { params, cancelled } = call;
  const rounds: Round[] = [];
  const wake = new AutoResetEvent();
  cancelled.onCancellationRequested(() => wake.set());
  let running: DrillRound | null = null;
  const end = await call.context.requireHooks().watch({
    filter: { protocol: 'tcp', follows: true, watchedOnly: true },
    onEvent: (event: AttemptEvent) => {
      running?.onEvent(event);
      wake.set();
    },
  });
  try {
    let due = monotonic();
    while (rounds.length < params.times) {
      while (monotonic() < due && !cancelled.isCancellationRequested)
        await wake.wait(Math.min(checkIntervalMs, due - monotonic()));
      if (cancelled.isCancellationRequested) break;
      running = new DrillRound(call, rounds.length + 1, wake);
      const round = await running.run();
      running = null;
      // A cancelled round has no result.
      if (!round) break;
      rounds.push(round);
      due = recoveryOf(round) + varied(params.everyMs, params.jitter);
      call.report({ kind: 'round', round });
      // Where nothing matches at the beginning, the filter is wrong. Later, the program may have given up, or may need more time.
      if (round.round === 1 && (round.verdict === 'missed' || round.verdict === 'denied')) break;
    }
  } finally {
    await end();
  }
  return {
    target: params.filter,
    hold: params.hold,
    rounds,
    summary: summarize(rounds),
    cancelled: cancelled.isCancellationRequested && rounds.length < params.times,
  };
}

/** CLOCK_MONOTONIC milliseconds: a program that still backs off when the next round begins would measure that round. */
function recoveryOf({ startedMs, allRecoveredMs }: Round): number {
  return allRecoveredMs === null ? monotonic() : startedMs + allRecoveredMs;
}

function varied(ms: number, jitter: number): number {
  return ms * (1 + jitter * (2 * Math.random() - 1));
}

function summarize(rounds: readonly Round[]): DrillSummary {
  const times = rounds.flatMap(({ allRecoveredMs }) => allRecoveredMs ?? []);
  const backoff = findBackoff(rounds.filter(({ incomplete }) => !incomplete).map(({ gapsMs }) => gapsMs));
  const at = (part: number) => (times.length === 0 ? null : Math.round(quantile(times, part) * 1000) / 1000);
  return {
    rounds: rounds.length,
    recovered: rounds.filter(({ allRecoveredMs, exit }) => allRecoveredMs !== null && !exit).length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    backoff: backoff.kind,
    backoffDetail: backoff,
  };
}
