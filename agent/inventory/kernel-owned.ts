/**
 * Which sockets are the kernel's own. Nothing that lists sockets without their locks tells it, so a walk looks at those that
 * have an inode but no owner in sight, once for each.
 */

import type { Broker } from '../broker-link/broker';
import type { SocketRecord } from '../broker-link/records';
import { idKey } from '../protocol';

/** Milliseconds without another walk after one that failed: a stalled process may hold it up for its whole deadline. */
const pauseMs = 10_000;
/** Sockets in one walk. */
const most = 1000;
/**
 * Milliseconds after a walk in which only those are walked for that the look before had, too. Under load, every look meets
 * sockets that were closed half way through it: a walk takes the lock of each socket, and would find none of them.
 */
const settleMs = 2000;

export class KernelOwned {
  readonly #broker: Broker;
  #known = new Map<string, boolean>();
  /** Those of the look before. */
  #before: ReadonlySet<string> = new Set();
  #walkedAt = 0;
  #pausedUntil = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Ids (idKey) of those among these that are the kernel's; never rejects. */
  async among(outOfSight: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    const ids = new Set(outOfSight.map(idKey));
    this.#known = new Map([...this.#known].filter(([id]) => ids.has(id)));
    const settled = Date.now() - this.#walkedAt < settleMs ? this.#before : ids;
    this.#before = ids;
    const fresh = outOfSight
      .filter((record) => !this.#known.has(idKey(record)) && settled.has(idKey(record)))
      .slice(0, most);
    if (fresh.length > 0 && Date.now() >= this.#pausedUntil) await this.#look(fresh);
    return new Set([...this.#known].flatMap(([id, isKernels]) => (isKernels ? [id] : [])));
  }

  async #look(records: readonly SocketRecord[]): Promise<void> {
    this.#walkedAt = Date.now();
    try {
      const replies = await this.#broker.inspect(records);
      replies.forEach(({ status }, index) => {
        const record = records[index];
        if (record && (status === 'kernel' || status === 'held'))
          this.#known.set(idKey(record), status === 'kernel');
      });
      if (replies.some(({ errno }) => errno !== 0)) this.#pausedUntil = Date.now() + pauseMs;
    } catch {
      this.#pausedUntil = Date.now() + pauseMs; // They stay out of sight, and so protected.
    }
  }
}
