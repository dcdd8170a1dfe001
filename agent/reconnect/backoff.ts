/** Classifies the backoff by the gaps between attempts, over all rounds of a drill. Pure. */

import { type Backoff, quantile } from '../protocol';

const unclear: Backoff = { kind: 'unclear', jitter: false, capMs: null, confidence: 0 };

/** Shorter gaps are one try over several addresses of a remote, and no backoff. */
const minGapMs = 2;
/** A gap fits if it is off by no more than this share of itself plus this time. */
const slack = 0.12;
const slackMs = 8;
/** Gaps have jitter above these mean deviations, per gap or in total: ±10 %, evenly spread, is 0.05 without slackMs. */
const maxSteadyEach = 0.05;
const maxSteadyAll = 0.03;
/** Gaps at a cap grow by less than this share of their growth below it. */
const maxGrowthAtCap = 0.5;
/** Exponential backoff grows by at least this factor from gap to gap. */
const minFactor = 1.2;
/** Below this share of gaps that fit, the result is unclear. */
const minFit = 0.5;
/** Fewer gaps reduce the confidence. */
const fullConfidenceGaps = 6;
/** So do fewer places that the fit was not made of: further rounds repeat them, and tell no more about the growth. */
const fullConfidenceFree = 3;
/** What growth is fitted by: a start, and a step or factor. */
const growthParameters = 2;

/** Gaps in milliseconds, of each round in order. */
export function findBackoff(rounds: readonly (readonly number[])[]): Backoff {
  const series = rounds
    .map((gaps) => gaps.filter((gap) => gap >= minGapMs))
    .filter((gaps) => gaps.length > 0);
  const all = series.flat();
  if (all.length === 0) return { ...unclear, kind: rounds.length > 0 ? 'none' : 'unclear' };
  if (all.length < 2) return unclear;
  const typical = typicalSeries(series);
  // One gap in each round may be the first of any series.
  if (typical.length < 2) return { ...unclear, jitter: hasJitter(series) };
  const capMs = capOf(typical);
  const rising = capMs === null ? typical : typical.filter((gap) => gap < capMs * (1 - slack));
  const constant = { kind: 'constant' as const, ...fitOf(typical, () => median(typical)) };
  const grows = rising.length >= 2 && typical.length >= 3;
  const best = (grows ? [...growing(typical, rising, capMs), constant] : [constant]).reduce((a, b) =>
    b.fit > a.fit || (b.fit === a.fit && b.error < a.error) ? b : a,
  );
  const jitter = hasJitter(series);
  if (best.fit < minFit) return { ...unclear, jitter };
  const free = typical.length - (best.kind === 'constant' ? 1 : growthParameters);
  return {
    kind: best.kind,
    jitter,
    capMs: best.kind === 'constant' || capMs === null ? null : Math.round(capMs),
    confidence: round2(best.fit * Math.min(1, all.length / fullConfidenceGaps, free / fullConfidenceFree)),
  };
}

/** Growth is fitted to the gaps below the cap, and then compared with all gaps. */
function growing(typical: readonly number[], rising: readonly number[], capMs: number | null) {
  const max = capMs ?? Number.POSITIVE_INFINITY;
  const step = median(rising.slice(1).map((gap, at) => gap - (rising[at] ?? 0)));
  const factor = median(rising.slice(1).map((gap, at) => gap / (rising[at] ?? 1)));
  const offset = median(rising.map((gap, at) => gap - at * step));
  const scale = median(rising.map((gap, at) => gap / factor ** at));
  return [
    {
      kind: 'linear' as const,
      ...(step > slackMs ? fitOf(typical, (at) => Math.min(max, offset + at * step)) : noFit),
    },
    {
      kind: 'exponential' as const,
      ...(factor > minFactor ? fitOf(typical, (at) => Math.min(max, scale * factor ** at)) : noFit),
    },
  ];
}

/** The median of the first gaps of all rounds, of the second ones, and so on. */
function typicalSeries(series: readonly (readonly number[])[]): number[] {
  const maxLength = Math.max(...series.map(({ length }) => length));
  return Array.from({ length: maxLength }, (_, at) =>
    median(series.flatMap((gaps) => (at < gaps.length ? [gaps[at] ?? 0] : []))),
  );
}

/** The largest gap, where the series rose to it and then repeated it to its end; else null. */
function capOf(gaps: readonly number[]): number | null {
  const max = Math.max(...gaps);
  const reached = gaps.findIndex((gap) => close(gap, max));
  const atMax = gaps.slice(reached);
  if (reached < 1 || atMax.length < 2 || !atMax.slice(-2).every((gap) => close(gap, max))) return null;
  const steps = gaps.slice(1).map((gap, at) => gap - (gaps[at] ?? 0));
  const growth = median(steps.slice(0, reached));
  return (steps.at(-1) ?? 0) < maxGrowthAtCap * growth ? median(atMax) : null;
}

interface Fit {
  /** The share of gaps that fit: 0 to 1. */
  readonly fit: number;
  /** Milliseconds by which all of them are off: decides where as many fit. */
  readonly error: number;
}

const noFit: Fit = { fit: 0, error: Number.POSITIVE_INFINITY };

function fitOf(gaps: readonly number[], expected: (at: number) => number): Fit {
  return {
    fit: gaps.filter((gap, at) => close(gap, expected(at))).length / gaps.length,
    error: sum(gaps.map((gap, at) => Math.abs(gap - expected(at)))),
  };
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= slack * Math.max(a, b) + slackMs;
}

/**
 * Whether gaps at the same position differ between rounds: on average over each gap, which shows a jitter of fixed size in short
 * gaps; or in total, which shows a proportional one in long gaps.
 */
function hasJitter(series: readonly (readonly number[])[]): boolean {
  const typical = typicalSeries(series);
  const off = series.map((gaps) =>
    gaps.map((gap, at) => Math.max(0, Math.abs(gap - (typical[at] ?? gap)) - slackMs)),
  );
  const shares = off.flatMap((each) => each.map((one, at) => one / (typical[at] ?? 1)));
  return sum(shares) / shares.length > maxSteadyEach || sum(off.flat()) / sum(series.flat()) > maxSteadyAll;
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
