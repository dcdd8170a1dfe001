/** Bytes per second of TCP sockets, both ways, from the sequence numbers of two scans. */

import type { SeenSocket } from '../inventory/inventory';
import type { Sequence } from '../inventory/known-socket';

/** Between two samples: scans after events come much closer, and would make a rate of a moment. */
const minIntervalMs = 1500;
/** Sequence numbers repeat after 4 GiB: after a longer pause, they may well have. */
const maxIntervalMs = 20_000;

/** The same object from sample to sample: it is written for each of all sockets. */
interface Sample {
  sent: number;
  received: number;
  /** Null: it is the first one. */
  bytesPerSecond: number | null;
}

export class Traffic {
  /** By an object that is another one once the socket has another state: SYN and FIN, which count as a byte each, are left out. */
  #samples = new WeakMap<Sequence, Sample>();
  #at = Number.NEGATIVE_INFINITY;

  /** Call after each scan; `beganAt`: monotonic milliseconds at which it began. */
  sample(inventory: { all(): Iterable<Pick<SeenSocket, 'sequence'>> }, beganAt: number): void {
    const elapsedMs = beganAt - this.#at;
    if (elapsedMs < minIntervalMs) return;
    if (elapsedMs > maxIntervalMs) this.clear();
    this.#at = beganAt;
    for (const { sequence } of inventory.all()) {
      const { sent, received } = sequence;
      // Of a socket without an owner, or another protocol.
      if (sent === 0 || received === 0) continue;
      const last = this.#samples.get(sequence);
      if (!last) {
        this.#samples.set(sequence, { sent, received, bytesPerSecond: null });
        continue;
      }
      const bytes = distance(last.sent, sent) + distance(last.received, received);
      last.sent = sent;
      last.received = received;
      last.bytesPerSecond = bytes === 0 ? 0 : rounded((1000 * bytes) / elapsedMs);
    }
  }

  clear(): void {
    this.#samples = new WeakMap();
    this.#at = Number.NEGATIVE_INFINITY;
  }

  /** Of the last two samples; null: not known. Two digits, so that not each scan changes each row. */
  of({ sequence }: SeenSocket): number | null {
    return this.#samples.get(sequence)?.bytesPerSecond ?? null;
  }
}

/** Modulo 2 ** 32. */
function distance(before: number, now: number): number {
  return (now - before) >>> 0;
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(2));
}
