/** Attempts that are counted, not kept: a few numbers for any number of them. Pure: times are CLOCK_MONOTONIC milliseconds. */

import { type AttemptResult, type Endpoint, quantile } from '../protocol';

/** Beyond so many gaps, every second one is dropped, and from then on only half as many are kept. */
const maxGaps = 512;

export class AttemptGroup {
  /** Null: several. */
  readonly pid: number | null;
  readonly remote: Endpoint | null;
  readonly first: number;
  readonly #results = new Map<AttemptResult, number>();
  #count = 0;
  #last: number;
  #gaps: number[] = [];
  /** Every gap of so many is kept. */
  #step = 1;

  constructor(pid: number | null, remote: Endpoint | null, first: number) {
    this.pid = pid;
    this.remote = remote;
    this.first = first;
    this.#last = first;
  }

  get count(): number {
    return this.#count;
  }

  get last(): number {
    return this.#last;
  }

  get results(): ReadonlyMap<AttemptResult, number> {
    return this.#results;
  }

  add(at: number, result: AttemptResult): void {
    if (this.#count > 0 && this.#count % this.#step === 0) this.#keep(at - this.#last);
    this.#count++;
    this.#last = at;
    this.#results.set(result, (this.#results.get(result) ?? 0) + 1);
  }

  /** An attempt that was added has another result. */
  revise(before: AttemptResult, now: AttemptResult): void {
    this.#results.set(now, (this.#results.get(now) ?? 0) + 1);
    const left = (this.#results.get(before) ?? 0) - 1;
    if (left > 0) this.#results.set(before, left);
    else this.#results.delete(before);
  }

  /** A quantile of the gaps between attempts; null: there is none. */
  gap(part: number): number | null {
    return this.#gaps.length === 0 ? null : quantile(this.#gaps, part);
  }

  #keep(gap: number): void {
    this.#gaps.push(gap);
    if (this.#gaps.length <= maxGaps) return;
    this.#gaps = this.#gaps.filter((_, index) => index % 2 === 0);
    this.#step *= 2;
  }
}
