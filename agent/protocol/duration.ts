/** Durations: as users type them (`500ms`, `10s`, `2m`, `1h`, `7d`), and as they read them. */

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; null where the text is not a duration. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return factor === undefined ? null : Math.round(Number(amount) * factor);
}

/** `7d`, `90m`, `1500ms`: in the largest unit of which it is a whole number. */
export function formatDuration(ms: number): string {
  const [unit, factor] = Object.entries(units).findLast(
    ([, factor]) => ms >= factor && ms % factor === 0,
  ) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

/** For people: `0.31 ms`, `101.2 ms`, `7.02 s`, `5 s`, `3 min 20 s`, `5 h 3 min`. */
export function durationText(ms: number): string {
  if (Math.abs(ms) < 999.95) return `${rounded(ms, Math.abs(ms) < 10 ? 2 : 1)} ms`;
  if (Math.abs(ms) < 59_995) return `${rounded(ms / 1000, 2)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.trunc(seconds / 60);
  return Math.abs(minutes) < 60
    ? twoUnits(minutes, 'min', seconds % 60, 's')
    : twoUnits(Math.trunc(minutes / 60), 'h', minutes % 60, 'min');
}

function twoUnits(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
