/**
 * Finds the kernel's own sockets. No listing identifies them, since it takes no socket locks, so a walk inspects each socket
 * with an inode but without a visible owner once.
 */

import type { Broker } from '../broker-link/broker';
import type { SocketRecord } from '../broker-link/records';
import { idKey } from '../protocol';

/** Pause after a walk that failed: a stalled process may block it for its whole deadline. */
const failurePauseMs = 10_000;
/** Sockets in one walk. */
const maxPerWalk = 1000;
/**
 * For this time after a walk, only sockets that the previous scan had, too, are walked. Under load, every scan meets sockets
 * that are closed before it ends: a walk takes the lock of each socket, and would find none of them.
 */
const settleMs = 2000;

export class KernelOwned {
  readonly #broker: Broker;
  #known = new Map<string, boolean>();
  /** Ids of the previous scan. */
  #before: ReadonlySet<string> = new Set();
  #walkedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Ids (idKey) of those among these that are the kernel's; never rejects. */
  async among(hidden: readonly SocketRecord[]): Promise<ReadonlySet<string>> {
    const ids = new Set(hidden.map(idKey));
    this.#known = new Map([...this.#known].filter(([id]) => ids.has(id)));
    const settled = performance.now() - this.#walkedAt < settleMs ? this.#before : ids;
    this.#before = ids;
    const fresh = hidden
      .filter((record) => !this.#known.has(idKey(record)) && settled.has(idKey(record)))
      .slice(0, maxPerWalk);
    if (fresh.length > 0 && performance.now() >= this.#pausedUntil) await this.#walk(fresh);
    return new Set([...this.#known].flatMap(([id, isKernels]) => (isKernels ? [id] : [])));
  }

  async #walk(records: readonly SocketRecord[]): Promise<void> {
    this.#walkedAt = performance.now();
    try {
      const replies = await this.#broker.inspect(records);
      replies.forEach(({ status }, index) => {
        const record = records[index];
        if (record && (status === 'kernel' || status === 'held'))
          this.#known.set(idKey(record), status === 'kernel');
      });
      if (replies.some(({ errno }) => errno !== 0)) this.#pausedUntil = performance.now() + failurePauseMs;
    } catch {
      this.#pausedUntil = performance.now() + failurePauseMs; // They stay unidentified, and so protected.
    }
  }
}
