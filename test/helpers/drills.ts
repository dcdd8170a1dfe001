/** Drills for tests of pure code. */

import {
  type Attempt,
  type DrillParams,
  type DrillResult,
  type DrillSummary,
  emptyRound,
  type Round,
} from '../../agent/protocol';

export const drillParams: DrillParams = {
  filter: 'pid:42 remote:127.0.0.1:6379',
  times: 3,
  everyMs: 5000,
  jitter: 0,
  waitMs: 30_000,
  end: 'local',
  oneOfPool: false,
  hold: null,
};

export function attempt(atMs: number, more: Partial<Attempt> = {}): Attempt {
  return {
    atMs,
    durationMs: 0.7,
    result: 'connected',
    remote: { address: '127.0.0.1', port: 6379 },
    pid: 42,
    byOutage: false,
    ...more,
  };
}

/** Five seconds between rounds; recovered at its last attempt, unless `more` has other values. */
export function round(number: number, attempts: readonly Attempt[], more: Partial<Round> = {}): Round {
  const last = attempts.at(-1);
  return {
    ...emptyRound(number, new Date(Date.UTC(2026, 0, 1, 12, 0, 5 * (number - 1))).toISOString()),
    destroyed: 1,
    cut: 1,
    recovered: last ? 1 : 0,
    firstAttemptMs: attempts[0]?.atMs ?? null,
    recoveredMs: last ? last.atMs + last.durationMs : null,
    allRecoveredMs: last ? last.atMs + last.durationMs : null,
    bytesMs: last ? last.atMs + 1.5 : null,
    attemptCount: attempts.length,
    attempts,
    gapsMs: attempts.slice(1).map(({ atMs }, at) => atMs - (attempts[at]?.atMs ?? 0)),
    verdict: 'recovered',
    message: 'It connected again',
    ...more,
  };
}

export function result(rounds: readonly Round[], more: Partial<DrillResult> = {}): DrillResult {
  const summary: DrillSummary = {
    rounds: rounds.length,
    recovered: rounds.filter(({ allRecoveredMs }) => allRecoveredMs !== null).length,
    p50Ms: 101.2,
    p95Ms: 104.2,
    backoff: 'constant',
    backoffDetail: { kind: 'constant', jitter: false, capMs: null, confidence: 0.95 },
  };
  return { target: drillParams.filter, hold: null, rounds, summary, cancelled: false, ...more };
}
