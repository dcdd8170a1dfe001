/** The open groups of the tree, and how many rows of each are requested. Pure. */

import { limits, rootGroup } from '../../agent/protocol';

/** Rows of a group at first; Show More doubles them. */
const step = 100;

export class OpenGroups {
  readonly #wanted = new Map<string, number>([[rootGroup, step]]);

  has(id: string): boolean {
    return this.#wanted.has(id);
  }

  /** True where it was closed. */
  open(id: string): boolean {
    if (this.#wanted.has(id)) return false;
    this.#wanted.set(id, step);
    return true;
  }

  /** Forgets the number of rows: a group that is opened again starts small. True where it was open. */
  close(id: string): boolean {
    return id !== rootGroup && this.#wanted.delete(id);
  }

  more(id: string): void {
    this.reach(id, Math.max(2 * (this.#wanted.get(id) ?? 0), step));
  }

  /** Requests at least so many rows, in whole steps. */
  reach(id: string, rows: number): void {
    const whole = Math.ceil(rows / step) * step;
    const wanted = Math.max(this.#wanted.get(id) ?? 0, whole);
    this.#wanted.set(id, Math.min(wanted, limits.viewRows));
  }

  /**
   * For view/set; at most limits.openGroups, the latest. Groups that do not exist now, such as those of another grouping,
   * are kept: they come back open.
   */
  get requested(): Readonly<Record<string, number>> {
    const [root, ...groups] = this.#wanted;
    return Object.fromEntries([...(root ? [root] : []), ...groups.slice(1 - limits.openGroups)]);
  }
}
