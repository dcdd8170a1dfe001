/** Collects the kernel's events about each socket, to give the reason why its connection ended. */

import type { EndRecord } from '../broker-link/end-records';
import type { EndReason, SocketId } from '../protocol';
import { idKey } from '../protocol';

const ECONNABORTED = 103;
const ECONNRESET = 104;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;

/** Beyond this many sockets, the oldest are dropped. */
const maxSockets = 50_000;

export class EndFacts {
  readonly #facts = new Map<string, EndRecord>();
  /** When this agent destroyed them: monotonic milliseconds. */
  readonly #destroyed = new Map<string, number>();
  /** Sockets with events that were lost: what comes later of them may be the consequence, and not the reason. */
  #doubtful: ReadonlySet<string> = new Set();

  add(ends: readonly EndRecord[]): void {
    for (const end of ends) {
      const key = idKey(end);
      if (this.#doubtful.has(key)) continue;
      this.#facts.set(key, merged(this.#facts.get(key), end));
    }
    dropOldest(this.#facts);
  }

  /** Events were lost, of any sockets that were there: `present` are those that still are. No reason can be given for them. */
  lost(present: Iterable<SocketId>): void {
    this.#facts.clear();
    this.#doubtful = new Set([...present].map(idKey));
  }

  /** Records that this agent destroyed it. */
  destroyed(id: SocketId): void {
    this.#destroyed.set(idKey(id), performance.now());
    dropOldest(this.#destroyed);
  }

  /** Null: not known. */
  reason(id: SocketId): EndReason | null {
    const key = idKey(id);
    if (this.#destroyed.has(key)) return 'destroyed-by-sockscope';
    const facts = this.#facts.get(key);
    return facts ? reasonOfEnd(facts) : null;
  }

  /** Drops all about a socket, once its end is reported or it has survived (a bound UDP socket). */
  forget(id: SocketId): void {
    this.#facts.delete(idKey(id));
    this.#destroyed.delete(idKey(id));
  }

  /**
   * A destroyed socket can be connected again by the same descriptor, and keeps its cookie. `seenAt`: monotonic milliseconds at which the
   * scan that has it began: one that began before the destroy says nothing.
   */
  revived(id: SocketId, seenAt: number): void {
    if (this.#destroyed.size === 0) return;
    const key = idKey(id);
    if ((this.#destroyed.get(key) ?? seenAt) < seenAt) this.#destroyed.delete(key);
  }

  /** Call when events stop: a socket could be reused unnoticed, which would make its facts wrong. */
  clear(): void {
    this.#facts.clear();
    this.#destroyed.clear();
    this.#doubtful = new Set();
  }
}

/** Of closes the first counts, of errors the last. */
function merged(before: EndRecord | undefined, now: EndRecord): EndRecord {
  if (!before) return now;
  const first = before.here || before.peer ? before : now;
  return {
    ...now,
    here: first.here,
    peer: first.peer,
    exiting: before.exiting || now.exiting,
    reset: before.reset || now.reset,
    ...(now.errno === 0 ? { errno: before.errno, ours: before.ours } : {}),
  };
}

/** Null: not known. */
export function reasonOfEnd({
  errno,
  ours,
  reset,
  here,
  peer,
  exiting,
}: Omit<EndRecord, keyof SocketId>): EndReason | null {
  if (errno === ECONNABORTED) return ours ? 'destroyed-by-sockscope' : 'destroyed-by-other';
  // A connection that one side has closed may be reset or time out later: the close is the reason.
  if (peer) return 'closed-by-peer';
  if (here) return exiting ? 'process-exited' : 'closed';
  if (reset || errno === ECONNRESET || errno === ECONNREFUSED) return 'reset-by-peer';
  return errno === ETIMEDOUT ? 'timed-out' : null;
}

/** Maps and sets iterate in insertion order. */
function dropOldest(items: { size: number; keys(): Iterable<string>; delete(key: string): boolean }): void {
  for (const key of items.keys()) {
    if (items.size <= maxSockets) return;
    items.delete(key);
  }
}
