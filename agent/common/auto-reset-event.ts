import { setTimeout as sleep } from 'node:timers/promises';

/** Ends a wait early. Set between two waits, it ends the next one; a wait that it has ended resets it. */
export class AutoResetEvent {
  #controller = new AbortController();

  set(): void {
    this.#controller.abort();
  }

  /** True: it was set; false: the time is over. */
  async wait(ms: number): Promise<boolean> {
    const { signal } = this.#controller;
    await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
    if (signal.aborted) this.#controller = new AbortController();
    return signal.aborted;
  }
}
