/** Rates: as users type them (`100kB/s`, `1.5MB/s`), and as they read them. */

const units: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes a second of a rate that can be asked for. Below it, one packet of loopback waits until TCP gives up its peer. */
export const minRate = 20_000;
export const maxRate = 1e9;

/** Bytes a second; null where the text is not a rate. */
export function parseRate(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([kMG]?B)\/s$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return factor === undefined ? null : Math.round(Number(amount) * factor);
}

export function isRate(bytesPerSecond: number | null): bytesPerSecond is number {
  return bytesPerSecond !== null && bytesPerSecond >= minRate && bytesPerSecond <= maxRate;
}

/** For people: `0 B/s`, `512 B/s`, `99.7 kB/s`, `1.02 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  // As it is rounded: 999,950 B/s are 1 MB/s.
  const rounded = Number(bytesPerSecond.toPrecision(3));
  const [unit, factor] = Object.entries(units).findLast(([, factor]) => rounded >= factor) ?? ['B', 1];
  return `${Number((rounded / factor).toPrecision(3))} ${unit}/s`;
}
