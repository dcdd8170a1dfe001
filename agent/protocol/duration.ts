/** Durations as text: `500ms`, `10s`, `2m`, `1h`. */

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds; null where the text is not a duration. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return factor === undefined ? null : Math.round(Number(amount) * factor);
}
