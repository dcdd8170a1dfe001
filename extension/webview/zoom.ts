/** The visible range of the time axis, in milliseconds. Pure. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The closest zoom. */
const minWidthMs = 0.5;

/** `factor` below 1 zooms in; the time `at` keeps its position. Never wider than the whole. */
export function zoomAt(range: Range, at: number, factor: number, whole: Range): Range {
  const width = Math.min(Math.max(minWidthMs, (range.to - range.from) * factor), whole.to - whole.from);
  const part = (at - range.from) / (range.to - range.from);
  return within({ from: at - part * width, to: at + (1 - part) * width }, whole);
}

/** Moves by a part of the visible width. */
export function pan(range: Range, part: number, whole: Range): Range {
  const by = part * (range.to - range.from);
  return within({ from: range.from + by, to: range.to + by }, whole);
}

/** Moves the range to `at`, unless it contains it. */
export function reach(range: Range, at: number, whole: Range): Range {
  if (at >= range.from && at <= range.to) return range;
  const half = (range.to - range.from) / 2;
  return within({ from: at - half, to: at + half }, whole);
}

function within({ from, to }: Range, whole: Range): Range {
  const width = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - width);
  return { from: start, to: start + width };
}

/** Round numbers in the range, at most `maxCount` of them. */
export function ticks({ from, to }: Range, maxCount: number): readonly number[] {
  const step = tickStep((to - from) / Math.max(1, maxCount));
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

const minuteMs = 60_000;

/** The next of 1, 2, 5 times a power of ten; from 30 s on, round fractions of minutes, hours and days. */
function tickStep(minStep: number): number {
  if (minStep > 20_000) {
    const minutes = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1440].find(
      (one) => one * minuteMs >= minStep,
    );
    return (minutes ?? Math.ceil(minStep / minuteMs / 1440) * 1440) * minuteMs;
  }
  const power = 10 ** Math.floor(Math.log10(minStep));
  return power * ([1, 2, 5].find((one) => one * power >= minStep) ?? 10);
}
