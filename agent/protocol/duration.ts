/** Durations as text: `500ms`, `10s`, `2m`, `1h`, `7d`. */

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
