import { setTimeout as sleep } from 'node:timers/promises';

/** A pause that can be cut short; a ring between two waits is not lost. */
export class Alarm {
  #bell = new AbortController();

  ring(): void {
    this.#bell.abort();
  }

  /** True: it rang. */
  async wait(ms: number): Promise<boolean> {
    const { signal } = this.#bell;
    await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
    if (signal.aborted) this.#bell = new AbortController();
    return signal.aborted;
  }
}
