/** Reports, by a watch on one folder, when an agent of this user may have come or gone, whoever started it. */

import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** An agent creates its socket, and gives it to its user: several events within this time are one. */
const settleMs = 100;

/** Its folder, the one above and the one above that: an agent makes the inner two. */
const depth = 3;

/** A folder, and the name in it that leads to the socket. */
type Step = readonly [folder: string, name: string];

/** From the outermost. */
function wayTo(socket: string): readonly Step[] {
  let path = socket;
  const way = Array.from({ length: depth }, () => {
    const name = basename(path);
    path = dirname(path);
    return [path, name] as const;
  });
  return way.reverse();
}

export class AgentFolder {
  readonly #changed: () => void;
  readonly #way: readonly Step[];
  #watcher: FSWatcher | undefined;
  #settling: NodeJS.Timeout | undefined;

  /** `path`: of the agent's socket. */
  constructor(path: string, changed: () => void) {
    this.#changed = changed;
    this.#way = wayTo(path);
    this.#watchInnermost();
  }

  dispose(): void {
    clearTimeout(this.#settling);
    this.#watcher?.close();
  }

  /** Of the folders that exist; again where the next one was made meanwhile. */
  #watchInnermost(): void {
    this.#watcher?.close();
    const innermost = this.#innermost();
    this.#watcher = innermost && this.#watch(...innermost);
    if (this.#watcher && this.#innermost() !== innermost) this.#watchInnermost();
  }

  #innermost(): Step | undefined {
    return this.#way.findLast(([folder]) => existsSync(folder));
  }

  /** The end of a folder is an event with its own name. */
  #watch(folder: string, wanted: string): FSWatcher | undefined {
    const names = [wanted, basename(folder)];
    try {
      const watcher = watch(
        folder,
        { persistent: false },
        (_, name) => name !== null && names.includes(name) && this.#settle(),
      );
      return watcher.on('error', () => {});
    } catch {
      return undefined; // It is gone again, or there are too many watches.
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#watchInnermost();
      this.#changed();
    }, settleMs);
  }
}
