/**
 * Spaces out the change events of a tree view. The workbench draws a change at once where none came in the 200 ms before;
 * any other waits until 200 ms have passed without one (ExtHostTreeView, "debounce"). While changes keep coming, nothing
 * would be drawn. Pure.
 */

/** A little more than the workbench's own 200 ms, which begin later. */
const pauseMs = 220;
/** Delay of changes that are not urgent, so that they do not delay an urgent one. */
const relaxedDelayMs = 500;

export class RefreshThrottle {
  readonly #fire: () => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #firedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(fire: () => void, now = () => performance.now()) {
    this.#fire = fire;
    this.#now = now;
  }

  /** Fires now, or as soon as the workbench would draw it at once; several requests become one. */
  ask(urgent: boolean): void {
    const now = this.#now();
    const due = Math.max(this.#firedAt + pauseMs, urgent ? now : now + relaxedDelayMs);
    if (due >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = due;
    if (due > now) this.#timer = setTimeout(() => this.#go(), due - now);
    else this.#go();
  }

  /** Fires now, even if the workbench draws it later. */
  refreshNow(): void {
    clearTimeout(this.#timer);
    this.#go();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #go(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#firedAt = this.#now();
    this.#fire();
  }
}
