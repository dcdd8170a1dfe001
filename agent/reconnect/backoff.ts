/** Which backoff the gaps between attempts follow, over all rounds of a drill. Pure. */

import { type Backoff, quantile } from '../protocol';

const unclear: Backoff = { kind: 'unclear', jitter: false, capMs: null, confidence: 0 };

/** Milliseconds: shorter gaps are one try over several addresses of a remote, and no backoff. */
const shortest = 2;
/** A gap may be so far off, in parts of itself plus milliseconds, and still fit. */
const slack = 0.12;
const slackMs = 8;
/** From these mean deviations on, of each gap or of all together, gaps have jitter: ±10 %, evenly spread, is 0.05 without slackMs. */
const noisyEach = 0.05;
const noisyAll = 0.03;
/** Gaps at a cap grow by less than this share of what they grew by below it. */
const stopped = 0.5;
/** Of each gap to the next. */
const leastFactor = 1.2;
/** Less than this share of gaps that fit says nothing; and fewer gaps than this leave doubt. */
const enough = 0.5;
const sureFrom = 6;

/** Gaps in milliseconds, of each round in order. */
export function findBackoff(rounds: readonly (readonly number[])[]): Backoff {
  const series = rounds
    .map((gaps) => gaps.filter((gap) => gap >= shortest))
    .filter((gaps) => gaps.length > 0);
  const all = series.flat();
  if (all.length === 0) return { ...unclear, kind: rounds.length > 0 ? 'none' : 'unclear' };
  if (all.length < 2) return unclear;
  const typical = typicalSeries(series);
  const capMs = capOf(typical);
  const rising = capMs === null ? typical : typical.filter((gap) => gap < capMs * (1 - slack));
  const constant = { kind: 'constant' as const, fit: share(typical, () => median(typical)) };
  const grows = rising.length >= 2 && typical.length >= 3;
  const best = (grows ? [...growing(typical, rising, capMs), constant] : [constant]).reduce((a, b) =>
    b.fit > a.fit ? b : a,
  );
  const jitter = hasJitter(series);
  if (best.fit < enough) return { ...unclear, jitter };
  return {
    kind: best.kind,
    jitter,
    capMs: best.kind === 'constant' || capMs === null ? null : Math.round(capMs),
    confidence: round2(best.fit * Math.min(1, all.length / sureFrom)),
  };
}

/** Growth is fitted to what lies below the cap, and must explain all that follows. */
function growing(typical: readonly number[], rising: readonly number[], capMs: number | null) {
  const most = capMs ?? Number.POSITIVE_INFINITY;
  const step = median(rising.slice(1).map((gap, at) => gap - (rising[at] ?? 0)));
  const factor = median(rising.slice(1).map((gap, at) => gap / (rising[at] ?? 1)));
  const offset = median(rising.map((gap, at) => gap - at * step));
  const scale = median(rising.map((gap, at) => gap / factor ** at));
  return [
    {
      kind: 'linear' as const,
      fit: step > slackMs ? share(typical, (at) => Math.min(most, offset + at * step)) : 0,
    },
    {
      kind: 'exponential' as const,
      fit: factor > leastFactor ? share(typical, (at) => Math.min(most, scale * factor ** at)) : 0,
    },
  ];
}

/** The median of the first gaps of all rounds, of the second ones, and so on. */
function typicalSeries(series: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...series.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    median(series.flatMap((gaps) => (at < gaps.length ? [gaps[at] ?? 0] : []))),
  );
}

/** The largest gap, where it comes more than once at the end of a series that rose to it and then ceased to rise. */
function capOf(gaps: readonly number[]): number | null {
  const most = Math.max(...gaps);
  const reached = gaps.findIndex((gap) => close(gap, most));
  const atMost = gaps.slice(reached);
  if (reached < 1 || atMost.length < 2 || !atMost.slice(-2).every((gap) => close(gap, most))) return null;
  const steps = gaps.slice(1).map((gap, at) => gap - (gaps[at] ?? 0));
  const growth = median(steps.slice(0, reached));
  return (steps.at(-1) ?? 0) < stopped * growth ? median(atMost) : null;
}

/** Which share of the gaps is as expected: 0 to 1. */
function share(gaps: readonly number[], expected: (at: number) => number): number {
  return gaps.filter((gap, at) => close(gap, expected(at))).length / gaps.length;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= slack * Math.max(a, b) + slackMs;
}

/**
 * Whether gaps of the same place lie apart over the rounds: in parts of what each is, where a jitter of fixed size shows in the
 * short ones; or of all together, where one in proportion shows in the long ones.
 */
function hasJitter(series: readonly (readonly number[])[]): boolean {
  const typical = typicalSeries(series);
  const off = series.map((gaps) =>
    gaps.map((gap, at) => Math.max(0, Math.abs(gap - (typical[at] ?? gap)) - slackMs)),
  );
  const shares = off.flatMap((each) => each.map((one, at) => one / (typical[at] ?? 1)));
  return sum(shares) / shares.length > noisyEach || sum(off.flat()) / sum(series.flat()) > noisyAll;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
