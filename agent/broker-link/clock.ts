/** Milliseconds of CLOCK_MONOTONIC, the clock of the kernel's records: performance.now() has another zero. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
