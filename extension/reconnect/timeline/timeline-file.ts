/** Parses saved runs, such as `sockscope drill --json` and `sockscope run --json` print; the file is untrusted. Pure. */

import * as v from 'valibot';
import {
  attemptResults,
  backoffs,
  type DrillResult,
  faults,
  limits,
  verdicts,
} from '../../../agent/protocol';

/** A run of the maximum of rounds with a hundred attempts in each has about 20 MB. */
export const maxFileBytes = 64 * 1024 * 1024;

const maxAttemptsPerRound = 200_000;

/** Milliseconds; far more than a round takes. */
const time = v.pipe(v.number(), v.finite(), v.minValue(-1000), v.maxValue(10 * limits.drillMs));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(2000));
const address = v.pipe(v.string(), v.maxLength(45));
const endpoint = v.object({ address, port: v.pipe(whole, v.maxValue(65_535)) });
const moment = v.pipe(v.string(), v.maxLength(40), v.isoTimestamp());

const attempt = v.object({
  atMs: time,
  durationMs: v.pipe(time, v.minValue(0)),
  result: v.picklist(attemptResults),
  remote: endpoint,
  pid: whole,
  byOutage: v.boolean(),
});

const group = v.object({
  pid: v.nullable(whole),
  remote: v.nullable(endpoint),
  count: whole,
  firstMs: time,
  lastMs: time,
  gapsMs: v.nullable(v.object({ p5: time, p50: time, p95: time })),
  results: v.record(v.picklist(attemptResults), whole),
});

const lost = v.object({
  remote: endpoint,
  pids: v.pipe(v.array(whole), v.maxLength(1000)),
  backMs: v.nullable(time),
});

const exit = v.object({
  pid: whole,
  name: text,
  atMs: time,
  code: v.nullable(v.pipe(v.number(), v.safeInteger())),
  signal: v.nullable(v.pipe(v.string(), v.maxLength(40))),
  restartedAs: v.nullable(v.object({ pid: whole, atMs: time })),
});

const savedRound = v.object({
  round: whole,
  startedAt: moment,
  startedMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
  destroyed: whole,
  cut: v.optional(whole, 0),
  recovered: v.optional(whole, 0),
  processes: v.optional(
    v.pipe(v.array(v.object({ pid: whole, name: text })), v.maxLength(limits.roundProcesses)),
    [],
  ),
  lost: v.optional(v.pipe(v.array(lost), v.maxLength(limits.roundAttempts)), []),
  firstAttemptMs: v.nullable(time),
  recoveredMs: v.nullable(time),
  allRecoveredMs: v.optional(v.nullable(time)),
  bytesMs: v.nullable(time),
  attemptCount: v.optional(whole),
  dropped: v.optional(whole, 0),
  incomplete: v.optional(v.boolean(), false),
  more: v.optional(v.pipe(v.array(group), v.maxLength(limits.roundGroups)), []),
  attempts: v.pipe(v.array(attempt), v.maxLength(maxAttemptsPerRound)),
  gapsMs: v.pipe(v.array(time), v.maxLength(maxAttemptsPerRound)),
  recoveredAt: v.nullable(endpoint),
  verdict: v.picklist(verdicts),
  message: text,
  exit: v.nullable(exit),
});

/** Earlier versions listed all attempts, and did not count connections: a round recovered with the first that came back. */
const round = v.pipe(
  savedRound,
  v.transform(({ allRecoveredMs, attemptCount, ...round }) => ({
    ...round,
    allRecoveredMs: allRecoveredMs === undefined ? round.recoveredMs : allRecoveredMs,
    attemptCount: attemptCount ?? round.attempts.length,
  })),
);

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const summary = v.object({
  rounds: whole,
  recovered: whole,
  p50Ms: v.nullable(time),
  p95Ms: v.nullable(time),
  backoff: v.picklist(backoffs),
  backoffDetail: v.object({
    kind: v.picklist(backoffs),
    jitter: v.boolean(),
    capMs: v.nullable(time),
    confidence: share,
  }),
});

const rounds = v.pipe(v.array(round), v.maxLength(limits.drillRounds));

const drillEntries = {
  target: text,
  hold: v.optional(
    v.nullable(
      v.object({ fault: v.picklist(faults), ms: v.pipe(time, v.minValue(1), v.maxValue(limits.outageMs)) }),
    ),
    null,
  ),
  rounds,
  summary,
  cancelled: v.boolean(),
};

/** Later versions may add keys, so unknown ones are ignored. */
const saved: v.GenericSchema<unknown, DrillResult> = v.object({
  schema: v.literal(1),
  ...drillEntries,
  rounds: v.pipe(rounds, v.minLength(1)),
});

/** Of a scenario: only its drills are runs, and of those that were not interrupted in their first round. */
const report = v.object({
  schema: v.literal(1),
  steps: v.array(
    v.object({
      loop: whole,
      step: whole,
      name: text,
      drill: v.nullable(v.object(drillEntries)),
    }),
  ),
});

interface SavedRun {
  readonly result: DrillResult;
  /** Of a scenario: `2.3 down for two seconds`, the step's loop, number and name; null: of a drill. */
  readonly step: string | null;
}

type ReadRuns =
  /** At least one. */
  | { readonly ok: true; readonly runs: readonly SavedRun[] }
  /** `reason`: a clause without a full stop. */
  | { readonly ok: false; readonly reason: string };

/** Never throws. */
export function readRuns(text: string): ReadRuns {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON' };
  }
  return typeof value === 'object' && value !== null && 'steps' in value
    ? readReport(value)
    : readDrill(value);
}

function readDrill(value: unknown): ReadRuns {
  const parsed = v.safeParse(saved, value);
  return parsed.success
    ? { ok: true, runs: [{ result: parsed.output, step: null }] }
    : refused(parsed.issues);
}

function readReport(value: object): ReadRuns {
  const parsed = v.safeParse(report, value);
  if (!parsed.success) return refused(parsed.issues);
  const runs = parsed.output.steps.flatMap(({ loop, step, name, drill }) =>
    drill && drill.rounds.length > 0 ? [{ result: drill, step: `${loop}.${step} ${name}` }] : [],
  );
  return runs.length > 0 ? { ok: true, runs } : { ok: false, reason: 'it has no drill' };
}

function refused([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): ReadRuns {
  const where = v.getDotPath(issue) ?? '';
  return { ok: false, reason: where === '' ? issue.message : `${where}: ${issue.message}` };
}
