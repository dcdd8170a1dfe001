/** Which backoff the gaps between attempts follow, over all rounds of a drill. Pure. */

import type { Backoff } from './protocol';

const unclear: Backoff = { kind: 'unclear', jitter: false, capMs: null, confidence: 0 };

/** Milliseconds: shorter gaps are one try over several addresses of a remote, and no backoff. */
const shortest = 2;
/** A gap may be so far off, in parts of itself plus milliseconds, and still fit. */
const slack = 0.12;
const slackMs = 8;
/** From this mean deviation on, a fit is one with jitter. */
const noisy = 0.05;

/** Gaps in milliseconds, of each round in order. */
export function findBackoff(rounds: readonly (readonly number[])[]): Backoff {
  const series = rounds
    .map((gaps) => gaps.filter((gap) => gap >= shortest))
    .filter((gaps) => gaps.length > 0);
  const all = series.flat();
  if (all.length === 0) return { ...unclear, kind: rounds.length > 0 ? 'none' : 'unclear' };
  if (all.length < 2) return { ...unclear, kind: 'unclear' };
  const typical = typicalSeries(series);
  const capMs = capOf(typical);
  const rising = capMs === null ? typical : typical.filter((gap) => gap < capMs * (1 - slack));
  const candidates = [
    { kind: 'constant' as const, fit: constantFit(typical) },
    ...(rising.length >= 3 || (rising.length === 2 && capMs !== null)
      ? [
          { kind: 'linear' as const, fit: linearFit(rising) },
          { kind: 'exponential' as const, fit: exponentialFit(rising) },
        ]
      : []),
  ];
  const best = candidates.reduce((a, b) => (b.fit > a.fit + 0.001 ? b : a));
  const spread = spreadOf(series);
  if (best.fit < 0.5) return { ...unclear, jitter: spread > noisy };
  return {
    kind: best.kind,
    jitter: spread > noisy,
    capMs: best.kind === 'constant' ? null : capMs === null ? null : Math.round(capMs),
    confidence: round2(best.fit * Math.min(1, all.length / 6)),
  };
}

/** The median of the first gaps of all rounds, of the second ones, and so on. */
function typicalSeries(series: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...series.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    median(series.flatMap((gaps) => (at < gaps.length ? [gaps[at] ?? 0] : []))),
  );
}

/** The largest gap, where it comes more than once at the end of a series that rose to it. */
function capOf(gaps: readonly number[]): number | null {
  const most = Math.max(...gaps);
  const atMost = gaps.filter((gap) => close(gap, most));
  const [first = most] = gaps;
  const last = gaps.slice(-2);
  return gaps.length >= 3 &&
    atMost.length >= 2 &&
    last.every((gap) => close(gap, most)) &&
    !close(first, most)
    ? median(atMost)
    : null;
}

/** Fits tell which share of the gaps is as expected: 0 to 1. */
function constantFit(gaps: readonly number[]): number {
  const middle = median(gaps);
  return share(gaps, () => middle);
}

function linearFit(gaps: readonly number[]): number {
  const step = median(gaps.slice(1).map((gap, at) => gap - (gaps[at] ?? 0)));
  if (step <= slackMs) return 0;
  const start = median(gaps.map((gap, at) => gap - at * step));
  return share(gaps, (at) => start + at * step);
}

function exponentialFit(gaps: readonly number[]): number {
  const factor = median(gaps.slice(1).map((gap, at) => gap / (gaps[at] ?? 1)));
  if (factor < 1.2) return 0;
  const start = median(gaps.map((gap, at) => gap / factor ** at));
  return share(gaps, (at) => start * factor ** at);
}

function share(gaps: readonly number[], expected: (at: number) => number): number {
  return gaps.filter((gap, at) => close(gap, expected(at))).length / gaps.length;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= slack * Math.max(a, b) + slackMs;
}

/** How far gaps of the same place lie apart over the rounds, in parts of their median, on average. */
function spreadOf(series: readonly (readonly number[])[]): number {
  const typical = typicalSeries(series);
  const off = series.flatMap((gaps) =>
    gaps.map((gap, at) => Math.max(0, Math.abs(gap - (typical[at] ?? gap)) - slackMs) / (typical[at] ?? gap)),
  );
  return off.reduce((sum, one) => sum + one, 0) / off.length;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest; 0 of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}
