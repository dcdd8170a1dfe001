/** Which part of the time axis is seen. Pure: milliseconds. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds: closer than this nothing more is to be seen. */
const minWidthMs = 0.5;

/** `factor` below 1 zooms in; what is at `at` stays where it is. Never wider than the whole. */
export function zoomAt(range: Range, at: number, factor: number, whole: Range): Range {
  const width = Math.min(Math.max(minWidthMs, (range.to - range.from) * factor), whole.to - whole.from);
  const part = (at - range.from) / (range.to - range.from);
  return within({ from: at - part * width, to: at + (1 - part) * width }, whole);
}

/** Moves by a part of what is seen. */
export function pan(range: Range, part: number, whole: Range): Range {
  const by = part * (range.to - range.from);
  return within({ from: range.from + by, to: range.to + by }, whole);
}

/** As wide as before, with `at` in it: moved only where it is not. */
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

/** Round numbers in the range, at most `most` of them. */
export function ticks({ from, to }: Range, most: number): readonly number[] {
  const step = tickStep((to - from) / Math.max(1, most));
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

const minute = 60_000;

/** The next of 1, 2, 5 times a power of ten; above a minute, minutes that a clock has. */
function tickStep(least: number): number {
  if (least > 20_000) {
    const minutes = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1440].find((one) => one * minute >= least);
    return (minutes ?? Math.ceil(least / minute / 1440) * 1440) * minute;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((one) => one * power >= least) ?? 10);
}
