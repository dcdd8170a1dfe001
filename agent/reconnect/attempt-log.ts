/** Attempts of one round, put together from what the hooks report. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent, ConnectEvent, FateEvent } from '../broker-link/attempt-records';
import type { AttemptResult, Endpoint } from '../protocol';

export interface LoggedAttempt {
  readonly cookie: string;
  readonly pid: number;
  readonly remote: Endpoint;
  readonly at: number;
  /** When its result was known; null: it is pending. */
  readonly end: number | null;
  readonly result: AttemptResult;
  readonly byOutage: boolean;
  /** When the first payload came or went. */
  readonly bytesAt: number | null;
}

/** A connect that has not even sent a packet after so many milliseconds failed at once: the kernel reports no such failure. */
export const silentMs = 50;

/** Linux errno numbers that end a connect. */
const resultOf: Readonly<Record<number, AttemptResult>> = {
  1: 'denied',
  13: 'denied',
  101: 'unreachable',
  104: 'reset',
  110: 'timed-out',
  111: 'refused',
  113: 'unreachable',
};

interface Open {
  attempt: LoggedAttempt;
  /** A packet went out. */
  started: boolean;
  /** Taken as failed for want of one; a busy machine may only have been slow to send it, or to tell. */
  silent: boolean;
}

export class AttemptLog {
  #attempts: Open[] = [];
  /** Looked at again and again, and in a storm few of very many. */
  readonly #pending = new Set<Open>();
  #connected: Open[] = [];
  /** The newest attempt of each socket. */
  readonly #byCookie = new Map<string, Open>();

  /** Takes in an event; returns the attempt that it began or ended. */
  take(event: AttemptEvent): LoggedAttempt | null {
    switch (event.kind) {
      case 'connect':
        return this.#begin(event);
      case 'exit':
      case 'fork':
        return null;
      default:
        return this.#follow(event);
    }
  }

  /** In the order of their starts. */
  get attempts(): readonly LoggedAttempt[] {
    return this.#attempts.map(({ attempt }) => attempt);
  }

  /** Of these, those that were connected. */
  get connected(): readonly LoggedAttempt[] {
    return this.#connected.map(({ attempt }) => attempt);
  }

  /** Forgets those that began before. */
  keepFrom(at: number): void {
    const isKept = ({ attempt }: Open) => attempt.at >= at;
    this.#attempts = this.#attempts.filter(isKept);
    this.#connected = this.#connected.filter(isKept);
    for (const open of this.#pending) if (!isKept(open)) this.#pending.delete(open);
  }

  /** Ends those that never sent a packet, as of `now`; returns them. */
  settleSilent(now: number): LoggedAttempt[] {
    const silent = [...this.#pending].filter(
      ({ attempt, started }) => !started && now - attempt.at >= silentMs,
    );
    return silent.map((open) => {
      open.silent = true;
      return this.#finish(open, open.attempt.at, 'failed');
    });
  }

  #begin(event: ConnectEvent): LoggedAttempt {
    const before = this.#byCookie.get(event.cookie);
    if (before && before.attempt.end === null) this.#finish(before, event.at, 'failed');
    const refused = event.errno !== 0;
    const open: Open = {
      started: false,
      silent: false,
      attempt: {
        cookie: event.cookie,
        pid: event.pid,
        remote: event.remote,
        at: event.at,
        end: refused ? event.at : null,
        result: refused ? (resultOf[event.errno] ?? 'failed') : 'pending',
        byOutage: refused,
        bytesAt: null,
      },
    };
    this.#attempts.push(open);
    if (!refused) this.#pending.add(open);
    this.#byCookie.set(event.cookie, open);
    return open.attempt;
  }

  #follow(event: FateEvent): LoggedAttempt | null {
    const open = this.#byCookie.get(event.cookie);
    if (!open) return null;
    if (event.kind === 'bytes') {
      open.attempt = { ...open.attempt, bytesAt: open.attempt.bytesAt ?? event.at };
      return null;
    }
    if (event.kind === 'state' && event.to === 'syn-sent') this.#started(open);
    if (open.attempt.end !== null) return null;
    const result = resultBy(event);
    return result ? this.#finish(open, event.at, result) : null;
  }

  #started(open: Open): void {
    open.started = true;
    if (!open.silent) return;
    open.silent = false;
    open.attempt = { ...open.attempt, end: null, result: 'pending' };
    this.#pending.add(open);
  }

  #finish(open: Open, at: number, result: AttemptResult): LoggedAttempt {
    open.attempt = { ...open.attempt, end: at, result };
    if (this.#pending.delete(open) && result === 'connected') this.#connected.push(open);
    return open.attempt;
  }
}

/** What an event makes of a pending attempt; null: it goes on. */
function resultBy(event: Exclude<FateEvent, { kind: 'bytes' }>): AttemptResult | null {
  switch (event.kind) {
    case 'reset':
      return 'refused'; // an RST while it connects
    case 'error':
      return event.errno === 0 ? null : (resultOf[event.errno] ?? 'failed');
    case 'state':
      if (event.to === 'established') return 'connected';
      if (event.to !== 'close') return null;
      return event.errno === 0 ? 'abandoned' : (resultOf[event.errno] ?? 'failed');
  }
}
