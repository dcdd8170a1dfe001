/** Tells of a taken port once for each failure, wherever that is seen, and again when it fails again. Pure. */

import type { PortInUse } from './in-use-text';

/** Milliseconds: a program repeats itself, and its terminal and its debugger both tell of the same failure. */
const sameFailureMs = 1000;
/**
 * Milliseconds that the workbench shows a notification. Then it fades, and stands behind the bell: whether anybody has seen it
 * is not known, since its promise stays open until it is closed there. Told again, it replaces the one that says the same.
 */
const shownMs = 10_000;

export interface InUseNotice {
  readonly text: string;
  /** Resolves when it is closed, with true if something was chosen there. */
  show(): Promise<boolean>;
}

export class InUseOnce {
  readonly #seen: RecentKeys;
  readonly #shown: RecentKeys;

  /** `now`: in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#seen = new RecentKeys(sameFailureMs, now);
    this.#shown = new RecentKeys(shownMs, now);
  }

  /** `look`: what there is to say by now; null: nothing. */
  async notice({ port, protocol }: PortInUse, look: () => Promise<InUseNotice | null>): Promise<void> {
    const failure = `${protocol} ${port}`;
    if (!this.#seen.isNew(failure)) return;
    const notice = await look();
    // The text names port and holder: another holder is told of at once.
    if (!notice || !this.#shown.isNew(notice.text)) return;
    if (!(await notice.show())) return;
    // Whoever did something about it wants to know if that was in vain.
    this.#seen.forget(failure);
    this.#shown.forget(notice.text);
  }
}

/** What was there within so many milliseconds. */
class RecentKeys {
  readonly #ms: number;
  readonly #now: () => number;
  readonly #times = new Map<string, number>();

  constructor(ms: number, now: () => number) {
    this.#ms = ms;
    this.#now = now;
  }

  /** True where it was not there lately; then it is from now on. */
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
