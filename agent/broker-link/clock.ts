/** Milliseconds of CLOCK_MONOTONIC, the clock of the kernel's records: performance.now() has another zero. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The clocks drift apart, and are read one after the other: less than this is no step. */
const maxDrift = 10_000_000n;

/** Nanoseconds since 1970 from those of CLOCK_MONOTONIC, which stands still in a suspend and knows of no step of the wall clock. */
export class WallClock {
  #offset = wallOffset();

  /** Before times are told that passed just now. Without a step, their differences stay those of CLOCK_MONOTONIC. */
  follow(): void {
    const offset = wallOffset();
    const drift = offset - this.#offset;
    if (drift > maxDrift || drift < -maxDrift) this.#offset = offset;
  }

  at(monotonicNs: bigint): bigint {
    return monotonicNs + this.#offset;
  }
}

function wallOffset(): bigint {
  return BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
}
