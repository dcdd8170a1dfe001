/** Recognizes a storm: too many attempts in a second. Pure. */

/** More attempts than this in stormMs are a storm. */
export const stormAttempts = 20;
const stormMs = 1000;

export class StormMeter {
  /** Times of the latest attempts, oldest first. */
  readonly #latest: number[] = [];
  #isStorm = false;

  get isStorm(): boolean {
    return this.#isStorm;
  }

  /** Milliseconds; in order. */
  add(at: number): void {
    if (this.#isStorm) return;
    this.#latest.push(at);
    if (this.#latest.length <= stormAttempts) return;
    const [oldest = at] = this.#latest;
    this.#isStorm = at - oldest <= stormMs;
    this.#latest.shift();
  }
}
