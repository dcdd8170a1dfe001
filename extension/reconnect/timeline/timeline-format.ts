/** Durations of the timeline as text, for the extension and its page. */

/** `0.7 ms`, `101.2 ms`, `12.35 s`. */
export function formatMs(ms: number): string {
  return Math.abs(ms) < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** As on an axis: `0`, `5 ms`, `1.5 s`, `2 min`, `82:10.5`; exact for round numbers. */
export function formatTick(ms: number): string {
  if (ms === 0) return '0';
  if (Math.abs(ms) < 1000) return `${short(ms)} ms`;
  if (Math.abs(ms) < 120_000) return `${short(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = short(ms / 1000 - minutes * 60);
  return seconds === 0 ? `${minutes} min` : `${minutes}:${seconds < 10 ? '0' : ''}${seconds}`;
}

function short(value: number): number {
  return Number(value.toFixed(3));
}
