/** Milliseconds of CLOCK_MONOTONIC, as the kernel's records count: performance.now() counts from another zero. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
