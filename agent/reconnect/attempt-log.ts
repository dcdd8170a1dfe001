/** Builds the attempts of one round from the events of the hooks. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent, ConnectEvent, ConnectionEvent } from '../broker-link/attempt-records';
import { type AttemptResult, type Endpoint, limits } from '../protocol';
import { AttemptGroup } from './attempt-group';
import { type Pool, type Storm, StormMeter } from './storm-meter';

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
  /** Where it is counted, if it is not listed. */
  readonly group: AttemptGroup | null;
}

/** What a log keeps, however many attempts there are. */
export interface AttemptRoom {
  /** Attempts that are listed one by one; the others are counted in groups. */
  readonly attempts: number;
  readonly groups: number;
}

/** Successful attempts that are remembered. */
const maxConnected = 10_000;

export class AttemptLog {
  readonly #room: AttemptRoom;
  #attempts: OpenAttempt[] = [];
  /** Checked often; in a storm, few of very many attempts are pending. */
  readonly #pending = new Set<OpenAttempt>();
  #connected: OpenAttempt[] = [];
  /** The newest attempt of each socket that may still change. */
  readonly #byCookie = new Map<string, OpenAttempt>();
  readonly #groups = new Map<string, AttemptGroup>();
  #count = 0;
  readonly #poolOf: (pid: number, remote: Endpoint) => Pool;
  #storm: StormMeter;
  #forgotten = 0;

  /** `poolOf`: what an attempt of this process to this remote belongs to. */
  constructor(
    room: AttemptRoom = { attempts: limits.roundAttempts, groups: limits.roundGroups },
    poolOf: (pid: number, remote: Endpoint) => Pool = () => ({ key: '', lost: 1 }),
  ) {
    this.#room = room;
    this.#poolOf = poolOf;
    this.#storm = new StormMeter(poolOf);
  }

  /** Adds an event. Returns the attempt that it began or ended, if that is listed, or null. */
  take(event: AttemptEvent): LoggedAttempt | null {
    switch (event.kind) {
      case 'connect':
        return this.#begin(event);
      case 'exit':
      case 'fork':
      case 'lost':
        return null;
      default:
        return this.#follow(event);
    }
  }

  /** The listed ones, by start. */
  get attempts(): readonly LoggedAttempt[] {
    return this.#attempts.map(({ attempt }) => attempt);
  }

  /** The others. */
  get groups(): Iterable<AttemptGroup> {
    return this.#groups.values();
  }

  /** All attempts. */
  get count(): number {
    return this.#count;
  }

  /** Whether an attempt is not listed. */
  isCounted(attempt: LoggedAttempt): boolean {
    return attempt.at > (this.#attempts.at(-1)?.attempt.at ?? Number.POSITIVE_INFINITY);
  }

  /** The attempts that succeeded, by time of success. */
  get connected(): readonly LoggedAttempt[] {
    return this.#connected.map(({ attempt }) => attempt);
  }

  /** Null: there was none. */
  get storm(): Storm | null {
    return this.#storm.storm;
  }

  /** Attempts whose success, or whose time, is no longer known: there were too many of them. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Drops attempts that began before. */
  dropBefore(at: number): void {
    const isKept = ({ attempt }: OpenAttempt) => attempt.at >= at;
    this.#attempts = this.#attempts.filter(isKept);
    this.#connected = this.#connected.filter(isKept);
    for (const open of this.#pending) if (!isKept(open)) this.#pending.delete(open);
    for (const [cookie, open] of this.#byCookie) if (!isKept(open)) this.#byCookie.delete(cookie);
    for (const [key, group] of this.#groups) {
      if (group.first >= at) continue;
      this.#groups.delete(key);
      // Some of them were in time, and how many is not known.
      if (group.last >= at) this.#forgotten++;
    }
    this.#storm = new StormMeter(this.#poolOf);
    for (const { attempt } of this.#attempts) this.#storm.add(attempt);
    this.#count = this.#attempts.length;
    for (const { count } of this.#groups.values()) this.#count += count;
  }

  /** Ends attempts that have sent no packet by `now`, and returns those that are listed. */
  settleSilent(now: number): LoggedAttempt[] {
    const silent = [...this.#pending].filter(
      ({ attempt, started }) => !started && now - attempt.at >= maxSilentMs,
    );
    return silent.flatMap((open) => {
      open.silent = true;
      return listed(open, this.#finish(open, open.attempt.at, 'failed')) ?? [];
    });
  }

  #begin(event: ConnectEvent): LoggedAttempt | null {
    const before = this.#byCookie.get(event.cookie);
    if (before && before.attempt.end === null) this.#finish(before, event.at, 'failed');
    const refused = event.errno !== 0;
    const result = refused ? (resultOf[event.errno] ?? 'failed') : 'pending';
    const open: OpenAttempt = {
      started: false,
      silent: false,
      group: this.#attempts.length < this.#room.attempts ? null : this.#groupOf(event),
      attempt: {
        cookie: event.cookie,
        pid: event.pid,
        remote: event.remote,
        at: event.at,
        end: refused ? event.at : null,
        result,
        byOutage: refused,
        bytesAt: null,
        lostAt: null,
      },
    };
    this.#count++;
    this.#storm.add(event);
    if (open.group) open.group.add(event.at, result);
    else this.#attempts.push(open);
    if (refused) this.#byCookie.delete(event.cookie);
    else {
      this.#pending.add(open);
      this.#byCookie.set(event.cookie, open);
    }
    return listed(open, open.attempt);
  }

  /** That of its process and remote; when there are too many, that of all others. */
  #groupOf({ pid, remote, at }: ConnectEvent): AttemptGroup {
    const key = `${pid} ${remote.port} ${remote.address}`;
    const isNew = !this.#groups.has(key);
    if (isNew && this.#groups.size >= this.#room.groups - 1)
      return this.#ensureGroup('others', () => new AttemptGroup(null, null, at));
    return this.#ensureGroup(key, () => new AttemptGroup(pid, remote, at));
  }

  #ensureGroup(key: string, make: () => AttemptGroup): AttemptGroup {
    const group = this.#groups.get(key) ?? make();
    this.#groups.set(key, group);
    return group;
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
    const isClosed = event.kind === 'state' && event.to === 'close';
    if (isClosed && (open.started || open.attempt.end !== null)) this.#byCookie.delete(event.cookie);
    if (open.attempt.end !== null) return null;
    const result = resultBy(event);
    if (result) return listed(open, this.#finish(open, event.at, result));
    return isRevised ? listed(open, open.attempt) : null;
  }

  /** It did send a packet, but the event came late. */
  #reopen(open: OpenAttempt): void {
    open.silent = false;
    open.group?.revise(open.attempt.result, 'pending');
    open.attempt = { ...open.attempt, end: null, result: 'pending' };
    this.#pending.add(open);
  }

  #finish(open: OpenAttempt, at: number, result: AttemptResult): LoggedAttempt {
    open.group?.revise(open.attempt.result, result);
    open.attempt = { ...open.attempt, end: at, result };
    if (!this.#pending.delete(open) || result !== 'connected') return open.attempt;
    if (this.#connected.length < maxConnected) this.#connected.push(open);
    else this.#forgotten++;
    return open.attempt;
  }
}

function listed({ group }: OpenAttempt, attempt: LoggedAttempt): LoggedAttempt | null {
  return group ? null : attempt;
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
