/** Notifies of a taken port once for each failure, in whatever output it appears. Pure. */

import type { PortInUse } from './in-use-text';

/** A program repeats its error, and its terminal and its debugger both report it. */
const sameFailureMs = 1000;
/**
 * The workbench shows a notification for this time and then moves it behind the bell, where its promise stays open until it
 * is closed. A new notification with the same text replaces it.
 */
const shownMs = 10_000;

export interface InUseNotice {
  readonly text: string;
  /** Resolves when it is closed, with true if something was chosen there. */
  show(): Promise<boolean>;
}

export class InUseOnce {
  readonly #recentFailures: RecentKeys;
  readonly #recentNotices: RecentKeys;

  /** `now`: in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#recentFailures = new RecentKeys(sameFailureMs, now);
    this.#recentNotices = new RecentKeys(shownMs, now);
  }

  /** `makeNotice` resolves with null where the port is free by now. */
  async notice({ port, protocol }: PortInUse, makeNotice: () => Promise<InUseNotice | null>): Promise<void> {
    const failure = `${protocol} ${port}`;
    if (!this.#recentFailures.isNew(failure)) return;
    const notice = await makeNotice();
    // The text names port and holder: another holder is shown at once.
    if (!notice || !this.#recentNotices.isNew(notice.text)) return;
    if (!(await notice.show())) return;
    // After an action of the user, the next failure is shown at once.
    this.#recentFailures.forget(failure);
    this.#recentNotices.forget(notice.text);
  }
}

/** Keys that were seen within the last `ms` milliseconds. */
class RecentKeys {
  readonly #ms: number;
  readonly #now: () => number;
  readonly #times = new Map<string, number>();

  constructor(ms: number, now: () => number) {
    this.#ms = ms;
    this.#now = now;
  }

  /** True for a key that is not recent, which is added. */
  isNew(key: string): boolean {
    const now = this.#now();
    for (const [known, at] of this.#times) if (now - at >= this.#ms) this.#times.delete(known);
    if (this.#times.has(key)) return false;
    this.#times.set(key, now);
    return true;
  }

  forget(key: string): void {
    this.#times.delete(key);
  }
}
