import { everybody, onBehalfOf } from './on-behalf';

/** Shares the runs of a slow function among all who wait for one. */
export class SharedRun<T> {
  readonly #run: () => Promise<T>;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | null = null;

  /** `run` is never called while it still runs. */
  constructor(run: () => Promise<T>) {
    this.#run = run;
  }

  /** The result of a run that begins after this call: however many ask meanwhile, they get the same one. */
  next(): Promise<T> {
    if (this.#next) return this.#next;
    const next = this.#last.then(() => {
      this.#next = null;
      return onBehalfOf(everybody, this.#run);
    });
    // Without the result, which may be large.
    this.#last = next.then(
      () => {},
      () => {},
    );
    this.#next = next;
    return next;
  }
}
