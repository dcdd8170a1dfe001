import { FairQueue, type Pass } from './fair-queue';
import { everybody, onBehalfOf } from './on-behalf';

/** Beside one that passes its turn, another runs; if that does so, too, there is no third. */
const maxRuns = 2;

/** Shares the runs of a slow function among all who wait for one. */
export class SharedRun<T> {
  readonly #run: (pass: Pass) => Promise<T>;
  readonly #runs = new FairQueue(maxRuns);
  #next: Promise<T> | null = null;

  /** `run` is not called while it still runs, unless it has called its `pass`: then it may wait for long. */
  constructor(run: (pass: Pass) => Promise<T>) {
    this.#run = run;
  }

  /** The result of a run that begins after this call: however many ask meanwhile, they get the same one. */
  next(): Promise<T> {
    this.#next ??= onBehalfOf(everybody, () => this.#runs.run((pass) => this.#begin(pass)));
    return this.#next;
  }

  async #begin(pass: Pass): Promise<T> {
    // Whoever asks at the same moment shares it.
    await Promise.resolve();
    this.#next = null;
    return this.#run(pass);
  }
}
