/** Collects the events of one round of a drill, and derives its result. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent } from '../broker-link/attempt-records';
import { monotonic } from '../broker-link/clock';
import { signalName } from '../common/signal-name';
import {
  type Attempt,
  type AttemptGroup as AttemptGroupView,
  type Endpoint,
  emptyRound,
  type LostConnection,
  limits,
  type ProcessEnd,
  type Round,
  type Verdict,
} from '../protocol';
import type { AttemptGroup } from './attempt-group';
import { AttemptLog, type AttemptRoom, type LoggedAttempt } from './attempt-log';
import { type CameBack, Cuts } from './came-back';
import type { CpuTimes } from './cpu-times';
import { type Cut, type DrillTarget, remoteKey } from './drill-target';
import { type EndedProcess, ProcessEnds } from './process-ends';
import { roundText } from './round-text';

export class RoundLog {
  readonly #round: number;
  readonly #target: DrillTarget;
  readonly #log: AttemptLog;
  readonly #room: AttemptRoom;
  readonly #pids: Set<number>;
  readonly #lengthMs: number;
  /** When the round began; until then, when it was requested. */
  #zero: number;
  #begun = false;
  readonly #ends: ProcessEnds;
  readonly #cuts: Cuts;
  /** Events that were lost, and the latest of them. */
  readonly #losses = { refusals: 0, others: 0, at: 0 };

  /**
   * `parents`: of the drilled processes, by pid; what they start after an end may take its place. `lengthMs`: later events, by the
   * kernel's clock and counted from the beginning, are ignored.
   */
  constructor(
    round: number,
    target: DrillTarget,
    parents: ReadonlyMap<number, number>,
    zero: number,
    lengthMs: number,
    room: AttemptRoom,
  ) {
    this.#room = room;
    this.#round = round;
    this.#target = target;
    this.#ends = new ProcessEnds(parents);
    this.#pids = new Set(target.processes.map(({ pid }) => pid));
    this.#cuts = new Cuts(target.cuts);
    this.#log = new AttemptLog(room, (pid, remote) => this.#cuts.poolOf(pid, remote));
    this.#zero = zero;
    this.#lengthMs = lengthMs;
  }

  /** A round begins when the kernel reports the end of a destroyed connection; with a blackhole, when its rules are in force. */
  begin(at: number): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#zero = at;
    this.#log.dropBefore(at);
    // Where some of them were lost after the beginning, all may have been.
    if (this.#losses.at < at) Object.assign(this.#losses, { refusals: 0, others: 0 });
  }

  /** CLOCK_MONOTONIC milliseconds from which all times of the round count; null: it has not begun. */
  get begunAt(): number | null {
    return this.#begun ? this.#zero : null;
  }

  /** The latest end; null: it has not begun. */
  get endsAt(): number | null {
    return this.#begun ? this.#zero + this.#lengthMs : null;
  }

  /** Sets the destroyed connections. Until then, and in a blackhole, every connection that ends counts as cut. */
  destroyed(cookies: readonly string[]): void {
    this.#cuts.destroyed(cookies);
  }

  /** Whether the attempts of this process count, or may count. */
  counts(pid: number): boolean {
    return this.#pids.has(pid) || this.#ends.isCandidate(pid);
  }

  /** Adds an event, however late it comes. Returns the attempt that it began or ended, if that is listed, or null. */
  take(event: AttemptEvent): Attempt | null {
    if (event.kind === 'lost') return this.#lose(event);
    if (event.at > (this.endsAt ?? Number.POSITIVE_INFINITY)) return null;
    if (event.kind === 'state' && event.to === 'close' && this.#target.cookies.includes(event.cookie))
      this.begin(event.at);
    if (event.kind === 'state' && event.from === 'established') this.#cuts.ended(event.cookie);
    if (event.kind === 'exit') this.#exited(event);
    if (event.kind === 'fork') this.#forked(event);
    if (event.kind === 'connect' && !this.#isAttempt(event)) return null;
    const attempt = this.#log.take(event);
    return attempt && this.#toAttempt(attempt);
  }

  /** Ends and returns attempts that failed without a packet, as of `now`. */
  settle(now: number): Attempt[] {
    return this.#log.settleSilent(now).map((attempt) => this.#toAttempt(attempt));
  }

  /** The first new connection to a lost remote, else to another one with its port: other services do not count. */
  get recovered(): LoggedAttempt | undefined {
    const { connected } = this.#log;
    return (
      connected.find((attempt) => this.#isTarget(attempt)) ??
      connected.find((attempt) => this.#isService(attempt))
    );
  }

  get hasBytes(): boolean {
    return this.recovered?.bytesAt != null;
  }

  /** All connections are back. */
  get isBack(): boolean {
    if (!this.recovered) return false;
    // Counting is slow with very many attempts.
    return this.#log.connected.length >= this.#cuts.size && this.#count().back === this.#cuts.size;
  }

  /** All connections are back, or the processes that lack one have ended for good. */
  get isOver(): boolean {
    return this.isBack || (this.#ends.first !== undefined && this.#areGone());
  }

  result(destroyed: number, cpu: CpuTimes, survivor: boolean): Round {
    const { recovered } = this;
    const first = this.#log.attempts;
    const { back, at } = this.#count();
    const verdict = this.#verdict(cpu, survivor, back);
    const end = this.#ends.first;
    const isAllBack = this.#isCertain && back === this.#cuts.size;
    const round: Round = {
      // The wall clock may be set in between; the kernel's clock has the durations.
      ...emptyRound(this.#round, new Date(Date.now() - (monotonic() - this.#zero)).toISOString()),
      processes: this.#target.processes
        .slice(0, limits.roundProcesses)
        .map(({ pid, name }) => ({ pid, name })),
      startedMs: this.#zero,
      destroyed,
      cut: this.#cuts.size,
      recovered: back,
      lost: this.#toLost(),
      firstAttemptMs: first[0] ? this.#since(first[0].at) : null,
      recoveredMs: recovered?.end != null ? this.#since(recovered.end) : null,
      allRecoveredMs: recovered?.end != null && isAllBack ? this.#since(Math.max(recovered.end, at)) : null,
      bytesMs: recovered?.bytesAt != null ? this.#since(recovered.bytesAt) : null,
      attemptCount: this.#log.count,
      dropped: this.#dropped,
      incomplete: this.#dropped > 0,
      attempts: this.#listed(first, recovered).map((attempt) => this.#toAttempt(attempt)),
      more: [...this.#log.groups].map((group) => this.#toGroup(group)),
      gapsMs: first.slice(1).map((attempt, before) => round3(attempt.at - (first[before]?.at ?? 0))),
      recoveredAt: recovered && !this.#isTarget(recovered) ? recovered.remote : null,
      verdict,
      exit: end ? this.#toProcessEnd(end) : null,
    };
    const facts = {
      isCertain: this.#isCertain,
      storm: this.#log.storm,
      lengthMs: this.#lengthMs,
      elsewhere: this.#elsewhere,
    };
    return { ...round, message: roundText(round, facts) };
  }

  get #dropped(): number {
    return this.#losses.refusals + this.#losses.others + this.#log.forgotten;
  }

  /** No event is missing that could be an end, or the making or the loss of a connection. */
  get #isCertain(): boolean {
    return this.#losses.others + this.#log.forgotten === 0;
  }

  /** The listed attempts, and the one that recovered if it is not among them. */
  #listed(first: readonly LoggedAttempt[], recovered: LoggedAttempt | undefined): readonly LoggedAttempt[] {
    return recovered && this.#log.isCounted(recovered) ? [...first, recovered] : first;
  }

  #toLost(): readonly LostConnection[] {
    const backAt = this.#cuts.backAt(this.#log.connected);
    const timeOf = ({ cookie }: Cut) => backAt.get(cookie) ?? Number.POSITIVE_INFINITY;
    // Infinity less infinity is no number.
    const all = [...this.#cuts.all].sort((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)));
    return all.slice(0, this.#room.attempts).map((cut) => ({
      remote: cut.remote,
      pids: cut.pids,
      backMs: backAt.has(cut.cookie) ? this.#since(timeOf(cut)) : null,
    }));
  }

  #lose({ from, at, refusals, others }: Extract<AttemptEvent, { kind: 'lost' }>): null {
    if (from > (this.endsAt ?? Number.POSITIVE_INFINITY) || at < this.#zero) return null;
    this.#losses.refusals += refusals;
    this.#losses.others += others;
    this.#losses.at = at;
    return null;
  }

  #isAttempt({ pid, protocol, at, remote }: Extract<AttemptEvent, { kind: 'connect' }>): boolean {
    if (protocol !== 'tcp' || at < this.#zero) return false;
    return this.#pids.has(pid) || (this.#isService({ remote }) && this.#succeeds(pid));
  }

  /** Connects to what was lost alone tell a program that was started again from others that its parent starts. */
  #succeeds(pid: number): boolean {
    const ended = this.#ends.replacedBy(pid);
    if (ended === null) return false;
    this.#adopt(pid, ended);
    return true;
  }

  #isTarget({ remote }: Pick<LoggedAttempt, 'remote'>): boolean {
    return this.#target.remotes.has(remoteKey(remote));
  }

  /** Same port: a replica, or another address of the same name. */
  #isService({ remote: { port } }: Pick<LoggedAttempt, 'remote'>): boolean {
    return [...this.#target.remotes].some((remote) => remote.endsWith(`:${port}`));
  }

  #count(): CameBack {
    return this.#cuts.count(this.#log.connected);
  }

  /** Where it has connected instead, with another port: in place of what it lost, or for something else. Null: nowhere, or it is back. */
  get #elsewhere(): Endpoint | null {
    return this.recovered ? null : (this.#log.connected[0]?.remote ?? null);
  }

  /** It has tried to connect to what it lost, as far as is known. */
  get #hasTried(): boolean {
    const { attempts, groups } = this.#log;
    return (
      attempts.some((attempt) => this.#isService(attempt)) ||
      [...groups].some(({ remote }) => remote === null || this.#isService({ remote }))
    );
  }

  /** Whether all drilled processes that lack a connection have ended for good. */
  #areGone(): boolean {
    const { lacking } = this.#count();
    const lacks = (pid: number) => lacking.size === 0 || lacking.has(this.#cuts.familyOf(pid) ?? pid);
    return this.#target.processes.every(({ pid }) => !lacks(pid) || this.#ends.isGone(pid));
  }

  #exited(event: Extract<AttemptEvent, { kind: 'exit' }>): void {
    this.#ends.exited(event);
    const isDrilled = this.#target.processes.some(({ pid }) => pid === event.pid);
    if (isDrilled && event.at >= this.#zero) this.#ends.add(event);
  }

  /** A child's attempts count as well. */
  #forked(event: Extract<AttemptEvent, { kind: 'fork' }>): void {
    if (this.#pids.has(event.parent)) this.#adopt(event.pid, event.parent);
    this.#ends.forked(event);
  }

  #adopt(pid: number, by: number): void {
    this.#pids.add(pid);
    this.#cuts.adopt(pid, by);
  }

  #verdict(cpu: CpuTimes, survivor: boolean, back: number): Verdict {
    // These hold whatever else has happened.
    if (this.#ends.first) return 'crashed';
    if (this.#log.storm) return 'storm';
    if (cpu.spins) return 'spinning';
    // A process may have ended, and a connection may have come or gone.
    if (!this.#isCertain) return 'unknown';
    if (this.recovered && back === this.#cuts.size) return 'recovered';
    if (this.recovered && back > 0) return 'partly-recovered';
    const hasTried = this.#hasTried;
    if (survivor && !hasTried && this.#dropped === 0) return 'unaffected';
    if (this.#elsewhere) return 'unknown';
    if (hasTried) return 'gave-up';
    return this.#dropped > 0 ? 'unknown' : 'lazy';
  }

  #toProcessEnd({ pid, at, code, signal, restartedAs }: EndedProcess): ProcessEnd {
    return {
      pid,
      name: this.#target.processes.find((process) => process.pid === pid)?.name ?? '',
      atMs: this.#since(at),
      code,
      signal: signal === null ? null : signalName(signal),
      restartedAs: restartedAs && { pid: restartedAs.pid, atMs: this.#since(restartedAs.at) },
    };
  }

  #toGroup(group: AttemptGroup): AttemptGroupView {
    const { pid, remote, count, first, last, results } = group;
    const gap = (part: number) => round3(group.gap(part) ?? 0);
    return {
      pid,
      remote,
      count,
      firstMs: this.#since(first),
      lastMs: this.#since(last),
      gapsMs: count < 2 ? null : { p5: gap(0.05), p50: gap(0.5), p95: gap(0.95) },
      results: Object.fromEntries(results),
    };
  }

  #toAttempt({ at, end, result, remote, pid, byOutage }: LoggedAttempt): Attempt {
    const durationMs = end === null ? 0 : round3(end - at);
    return { atMs: this.#since(at), durationMs, result, remote, pid, byOutage };
  }

  #since(at: number): number {
    return round3(at - this.#zero);
  }
}

/** Microseconds: more digits are noise. */
function round3(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
