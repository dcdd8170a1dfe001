/** Why connections end: what the kernel's events said about each socket, until it is gone. */

import type { EndRecord } from '../broker-link/end-records';
import type { EndReason, SocketId } from '../protocol';
import { idKey } from '../protocol';

const ECONNABORTED = 103;
const ECONNRESET = 104;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;

/** Sockets that are remembered; those that were heard of first are forgotten first. */
const most = 50_000;

export class EndFacts {
  readonly #facts = new Map<string, EndRecord>();
  readonly #destroyed = new Set<string>();

  take(ends: readonly EndRecord[]): void {
    for (const end of ends) {
      const key = idKey(end);
      this.#facts.set(key, merged(this.#facts.get(key), end));
    }
    forgetOldest(this.#facts);
  }

  /** This agent destroyed it. */
  destroyed(id: SocketId): void {
    this.#destroyed.add(idKey(id));
    forgetOldest(this.#destroyed);
  }

  /** Null: nothing is known of its end. */
  reason(id: SocketId): EndReason | null {
    const key = idKey(id);
    if (this.#destroyed.has(key)) return 'destroyed-by-sockscope';
    const facts = this.#facts.get(key);
    return facts ? reasonOf(facts) : null;
  }

  /** What was told of it is over: its end was seen, or it lives on (a bound UDP socket). */
  forget(id: SocketId): void {
    this.#facts.delete(idKey(id));
    this.#destroyed.delete(idKey(id));
  }

  /** It is there anew: a destroyed socket can be connected again, by the same descriptor, and keeps its cookie. */
  revived(id: SocketId): void {
    if (this.#destroyed.size > 0) this.#destroyed.delete(idKey(id));
  }

  /** No more events come: what they said is soon of another life of the same socket. */
  clear(): void {
    this.#facts.clear();
  }
}

/** Whoever closed first in the events so far stays the first; of errors the last one counts. */
function merged(before: EndRecord | undefined, now: EndRecord): EndRecord {
  if (!before) return now;
  const first = before.here || before.peer ? before : now;
  return {
    ...now,
    here: first.here,
    peer: first.peer,
    exiting: before.exiting || now.exiting,
    reset: before.reset || now.reset,
    errno: now.errno || before.errno,
  };
}

function reasonOf({ errno, reset, here, peer, exiting }: EndRecord): EndReason | null {
  if (errno === ECONNABORTED) return 'destroyed-by-other';
  // A connection that one side has closed can still be reset or time out: it had ended before.
  if (peer) return 'closed-by-peer';
  if (here) return exiting ? 'process-exited' : 'closed';
  if (reset || errno === ECONNRESET || errno === ECONNREFUSED) return 'reset-by-peer';
  return errno === ETIMEDOUT ? 'timed-out' : null;
}

/** Maps and sets keep the order in which things came in. */
function forgetOldest(items: { size: number; keys(): Iterable<string>; delete(key: string): boolean }): void {
  for (const key of items.keys()) {
    if (items.size <= most) return;
    items.delete(key);
  }
}
