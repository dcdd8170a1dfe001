/** How many rows all views of an agent have together: bounded, since clients choose how many views there are. */

/** About 200 bytes each. */
const maxRows = 1_000_000;

export class ViewRows {
  /** Of all views, and so of one. */
  readonly max: number;
  readonly #counts = new Map<object, number>();
  #total = 0;

  constructor(max = maxRows) {
    this.max = max;
  }

  /** Sets how many rows a view has, in place of what it had. False: there is no room for so many, and it has none now. */
  set(view: object, count: number): boolean {
    this.release(view);
    if (this.#total + count > this.max) return false;
    this.#counts.set(view, count);
    this.#total += count;
    return true;
  }

  release(view: object): void {
    this.#total -= this.#counts.get(view) ?? 0;
    this.#counts.delete(view);
  }

  get refusal(): string {
    return `The views of this agent would have more than ${this.max.toLocaleString('en')} rows: close some, or filter this one`;
  }
}
