/** Builds the attempts of one round from the events of the hooks. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent, ConnectEvent, ConnectionEvent } from '../broker-link/attempt-records';
import type { AttemptResult, Endpoint } from '../protocol';

export interface LoggedAttempt {
  readonly cookie: string;
  readonly pid: number;
  readonly remote: Endpoint;
  readonly at: number;
  /** When it succeeded or failed; null: pending. */
  readonly end: number | null;
  readonly result: AttemptResult;
  readonly byOutage: boolean;
  /** When the first payload was sent or received; null: not yet. */
  readonly bytesAt: number | null;
  /** When the connection ended; null: it has not, or the attempt has not succeeded. */
  readonly lostAt: number | null;
}

/**
 * A connect that has not sent a packet after this time failed at once: the kernel reports no such failure. A report that comes
 * later, because the agent or the broker was busy, corrects the result.
 */
export const maxSilentMs = 50;

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

interface OpenAttempt {
  attempt: LoggedAttempt;
  /** It has sent a packet. */
  started: boolean;
  /** Counts as failed because it has sent no packet. */
  silent: boolean;
}

export class AttemptLog {
  #attempts: OpenAttempt[] = [];
  /** Checked often; in a storm, few of very many attempts are pending. */
  readonly #pending = new Set<OpenAttempt>();
  #connected: OpenAttempt[] = [];
  /** The newest attempt of each socket. */
  readonly #byCookie = new Map<string, OpenAttempt>();

  /** Adds an event. Returns the attempt that it began or ended, or null. */
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

  /** By start. */
  get attempts(): readonly LoggedAttempt[] {
    return this.#attempts.map(({ attempt }) => attempt);
  }

  /** The attempts that succeeded, by time of success. */
  get connected(): readonly LoggedAttempt[] {
    return this.#connected.map(({ attempt }) => attempt);
  }

  /** Drops attempts that began before. */
  dropBefore(at: number): void {
    const isKept = ({ attempt }: OpenAttempt) => attempt.at >= at;
    this.#attempts = this.#attempts.filter(isKept);
    this.#connected = this.#connected.filter(isKept);
    for (const open of this.#pending) if (!isKept(open)) this.#pending.delete(open);
    for (const [cookie, open] of this.#byCookie) if (!isKept(open)) this.#byCookie.delete(cookie);
  }

  /** Ends and returns attempts that have sent no packet by `now`. */
  settleSilent(now: number): LoggedAttempt[] {
    const silent = [...this.#pending].filter(
      ({ attempt, started }) => !started && now - attempt.at >= maxSilentMs,
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
    const open: OpenAttempt = {
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
        lostAt: null,
      },
    };
    this.#attempts.push(open);
    if (!refused) this.#pending.add(open);
    this.#byCookie.set(event.cookie, open);
    return open.attempt;
  }

  #follow(event: ConnectionEvent): LoggedAttempt | null {
    const open = this.#byCookie.get(event.cookie);
    if (!open) return null;
    if (event.kind === 'bytes') {
      open.attempt = { ...open.attempt, bytesAt: open.attempt.bytesAt ?? event.at };
      return null;
    }
    if (event.kind === 'state' && event.to !== 'close') open.started = true;
    const isRevised = open.silent && open.started;
    if (isRevised) this.#reopen(open);
    if (event.kind === 'state' && event.from === 'established')
      open.attempt = { ...open.attempt, lostAt: open.attempt.lostAt ?? event.at };
    if (open.attempt.end !== null) return null;
    const result = resultBy(event);
    if (result) return this.#finish(open, event.at, result);
    return isRevised ? open.attempt : null;
  }

  /** It did send a packet, but the event came late. */
  #reopen(open: OpenAttempt): void {
    open.silent = false;
    open.attempt = { ...open.attempt, end: null, result: 'pending' };
    this.#pending.add(open);
  }

  #finish(open: OpenAttempt, at: number, result: AttemptResult): LoggedAttempt {
    open.attempt = { ...open.attempt, end: at, result };
    if (this.#pending.delete(open) && result === 'connected') this.#connected.push(open);
    return open.attempt;
  }
}

/** The result that an event gives a pending attempt; null: it stays pending. */
function resultBy(event: Exclude<ConnectionEvent, { kind: 'bytes' }>): AttemptResult | null {
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
