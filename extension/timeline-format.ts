/** Times of the time line as text; for both the extension and its page. */

/** `0.7 ms`, `101.2 ms`, `12.35 s`. */
export function formatMs(ms: number): string {
  return Math.abs(ms) < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** As on an axis: `0`, `5 ms`, `1.5 s`, `2 min`; exact for round numbers. */
export function formatTick(ms: number): string {
  if (ms === 0) return '0';
  const [value, unit] =
    Math.abs(ms) < 1000 ? [ms, 'ms'] : Math.abs(ms) < 120_000 ? [ms / 1000, 's'] : [ms / 60_000, 'min'];
  return `${Number(value.toFixed(3))} ${unit}`;
}
