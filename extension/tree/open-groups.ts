/** Which groups are open in the tree, and how many rows of each are wanted. Pure. */

import { limits, rootGroup } from '../../agent/protocol';

/** Rows that are shown at first, and added by each `Show 200 more`. */
export const step = 200;

export class OpenGroups {
  readonly #wanted = new Map<string, number>([[rootGroup, step]]);

  has(id: string): boolean {
    return this.#wanted.has(id);
  }

  /** True where that is new. */
  open(id: string): boolean {
    if (this.#wanted.has(id)) return false;
    this.#wanted.set(id, step);
    return true;
  }

  /** Keeps how many were wanted no longer: an open group starts small again. True where it was open. */
  close(id: string): boolean {
    return id !== rootGroup && this.#wanted.delete(id);
  }

  more(id: string): void {
    this.reach(id, (this.#wanted.get(id) ?? 0) + step);
  }

  /** At least so many rows, in whole steps. */
  reach(id: string, rows: number): void {
    const whole = Math.ceil(rows / step) * step;
    const wanted = Math.max(this.#wanted.get(id) ?? 0, whole);
    this.#wanted.set(id, Math.min(wanted, limits.viewRows));
  }

  /**
   * For view/set; at most limits.openGroups, the latest. Groups that are not there now, such as those of another grouping,
   * stay among them: they come back open.
   */
  get asked(): Readonly<Record<string, number>> {
    const [root, ...groups] = this.#wanted;
    return Object.fromEntries([...(root ? [root] : []), ...groups.slice(1 - limits.openGroups)]);
  }
}
