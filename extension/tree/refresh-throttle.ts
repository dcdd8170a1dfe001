/**
 * Spaces out what a tree view is told. The workbench draws a change at once where none came in the 200 ms before; any other
 * waits until 200 ms have passed without one (ExtHostTreeView, "debounce"). While changes keep coming, nothing would be
 * drawn. Pure.
 */

/** Milliseconds; a little more than the workbench's own, which begin later. */
const pause = 220;
/** Milliseconds that what is not urgent waits, so that it does not stand in the way of what is. */
const patience = 500;

export class RefreshThrottle {
  readonly #tell: () => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #told = Number.NEGATIVE_INFINITY;
  #due = Number.POSITIVE_INFINITY;

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(tell: () => void, now = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Tells now, or else as soon as it is drawn at once; several become one. */
  ask(urgent: boolean): void {
    const now = this.#now();
    const due = Math.max(this.#told + pause, urgent ? now : now + patience);
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    if (due > now) this.#timer = setTimeout(() => this.#go(), due - now);
    else this.#go();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #go(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#told = this.#now();
    this.#tell();
  }
}
