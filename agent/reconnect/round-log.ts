/** Collects the events of one round of a drill, and derives its result. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent } from '../broker-link/attempt-records';
import { type Attempt, formatEndpoint, type ProcessEnd, type Round, type Verdict } from '../protocol';
import { signalName } from '../system/signal-name';
import { AttemptLog, type LoggedAttempt } from './attempt-log';
import { type CameBack, Cuts } from './came-back';
import type { CpuTimes } from './cpu-times';
import type { DrillTarget } from './drill-target';
import { remoteKey } from './drill-target';

/** More attempts than this in a second are a storm. */
const stormAttempts = 20;
const stormMs = 1000;

interface EndedProcess {
  readonly pid: number;
  readonly at: number;
  readonly code: number | null;
  readonly signal: number | null;
  restartedAs: Restart | null;
  /** Its running replacement, which may end and be replaced as well. */
  successor: Restart | null;
  /** The replacement has connected: it is the same program, and no helper of the supervisor. */
  hasSucceeded: boolean;
}

interface Restart {
  readonly pid: number;
  readonly at: number;
}

export class RoundLog {
  readonly #round: number;
  readonly #target: DrillTarget;
  /** Parents of the drilled processes, by pid: what they start after an end may be a replacement. */
  readonly #parents: ReadonlyMap<number, number>;
  readonly #log = new AttemptLog();
  readonly #pids: Set<number>;
  readonly #startedAt = new Date();
  readonly #lengthMs: number;
  /** When the round began; until then, when it was requested. */
  #zero: number;
  #begun = false;
  /** Ends of drilled processes, in order. */
  readonly #ends: EndedProcess[] = [];
  readonly #cuts: Cuts;

  /** `lengthMs`: later events, by the kernel's clock and counted from the beginning, are ignored. */
  constructor(
    round: number,
    target: DrillTarget,
    parents: ReadonlyMap<number, number>,
    zero: number,
    lengthMs: number,
  ) {
    this.#round = round;
    this.#target = target;
    this.#parents = parents;
    this.#pids = new Set(target.processes.map(({ pid }) => pid));
    this.#cuts = new Cuts(target.cuts);
    this.#zero = zero;
    this.#lengthMs = lengthMs;
  }

  /** A round begins when the kernel reports the end of a destroyed connection; with a blackhole, when its rules are in force. */
  begin(at: number): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#zero = at;
    this.#log.dropBefore(at);
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

  /** Whether the attempts of this process count. */
  counts(pid: number): boolean {
    return this.#pids.has(pid);
  }

  /** Adds an event, however late it comes. Returns the attempt that it began or ended, or null. */
  take(event: AttemptEvent): Attempt | null {
    if (event.at > (this.endsAt ?? Number.POSITIVE_INFINITY)) return null;
    if (event.kind === 'state' && event.to === 'close' && this.#target.cookies.includes(event.cookie))
      this.begin(event.at);
    if (event.kind === 'state' && event.from === 'established') this.#cuts.ended(event.cookie);
    if (event.kind === 'exit') this.#exited(event);
    if (event.kind === 'fork') this.#forked(event);
    if (event.kind === 'connect') {
      if (!this.#isAttempt(event)) return null;
      this.#attempted(event.pid);
    }
    const attempt = this.#log.take(event);
    return attempt && this.#toAttempt(attempt);
  }

  /** Ends and returns attempts that failed without a packet, as of `now`. */
  settle(now: number): Attempt[] {
    return this.#log.settleSilent(now).map((attempt) => this.#toAttempt(attempt));
  }

  /** The first new connection, preferably to the same remote or port. */
  get recovered(): LoggedAttempt | undefined {
    const { connected } = this.#log;
    return (
      connected.find((attempt) => this.#isTarget(attempt)) ??
      connected.find((attempt) => this.#isService(attempt)) ??
      connected[0]
    );
  }

  get hasBytes(): boolean {
    return this.recovered?.bytesAt != null;
  }

  /** All connections are back, to the lost remotes or to others with the same port: other services do not count. */
  get isBack(): boolean {
    const { recovered } = this;
    if (!recovered || this.#isElsewhere(recovered)) return false;
    // Counting is slow with very many attempts.
    return this.#log.connected.length >= this.#cuts.size && this.#count().back === this.#cuts.size;
  }

  /** All connections are back, or the processes that lack one have ended for good. */
  get isOver(): boolean {
    return this.isBack || (this.#ends.length > 0 && this.#areGone());
  }

  result(destroyed: number, cpu: CpuTimes, survivor: boolean): Round {
    const { recovered } = this;
    const attempts = this.#log.attempts.map((attempt) => this.#toAttempt(attempt));
    const firstAttemptMs = attempts[0]?.atMs ?? null;
    const { back, at } = this.#count();
    const verdict = this.#verdict(cpu, survivor, back);
    const [end] = this.#ends;
    const elsewhere = recovered && !this.#isTarget(recovered) ? recovered.remote : null;
    return {
      round: this.#round,
      startedAt: this.#startedAt.toISOString(),
      destroyed,
      cut: this.#cuts.size,
      recovered: back,
      firstAttemptMs,
      recoveredMs: recovered?.end != null ? this.#since(recovered.end) : null,
      allRecoveredMs:
        recovered?.end != null && back === this.#cuts.size ? this.#since(Math.max(recovered.end, at)) : null,
      bytesMs: recovered?.bytesAt != null ? this.#since(recovered.bytesAt) : null,
      attempts,
      gapsMs: attempts.slice(1).map(({ atMs }, at) => round3(atMs - (attempts[at]?.atMs ?? 0))),
      recoveredAt: elsewhere,
      verdict,
      message: this.#message(verdict, attempts, elsewhere ? formatEndpoint(elsewhere) : null),
      exit: end ? this.#toProcessEnd(end) : null,
    };
  }

  #isAttempt({ pid, protocol, at }: Extract<AttemptEvent, { kind: 'connect' }>): boolean {
    return protocol === 'tcp' && this.counts(pid) && at >= this.#zero;
  }

  #isTarget({ remote }: LoggedAttempt): boolean {
    return this.#target.remotes.has(remoteKey(remote));
  }

  /** Same port: a replica, or another address of the same name. */
  #isService({ remote: { port } }: LoggedAttempt): boolean {
    return [...this.#target.remotes].some((remote) => remote.endsWith(`:${port}`));
  }

  #isElsewhere(attempt: LoggedAttempt): boolean {
    return !this.#isTarget(attempt) && !this.#isService(attempt);
  }

  #count(): CameBack {
    const { recovered } = this;
    const elsewhere = recovered && this.#isElsewhere(recovered) ? recovered.remote.port : null;
    return this.#cuts.count(this.#log.connected, elsewhere);
  }

  /** Whether all drilled processes that lack a connection have ended for good. */
  #areGone(): boolean {
    const { lacking } = this.#cuts.count(this.#log.connected, null);
    const lacks = (pid: number) => lacking.size === 0 || lacking.has(this.#cuts.familyOf(pid) ?? pid);
    const hasEnded = (pid: number) => this.#ends.some((end) => end.pid === pid && end.restartedAs === null);
    return this.#target.processes.every(({ pid }) => !lacks(pid) || hasEnded(pid));
  }

  #exited({ pid, at, code, signal }: Extract<AttemptEvent, { kind: 'exit' }>): void {
    for (const end of this.#ends) if (end.successor?.pid === pid) end.successor = null;
    const isDrilled = this.#target.processes.some((process) => process.pid === pid);
    if (isDrilled && at >= this.#zero && !this.#ends.some((end) => end.pid === pid))
      this.#ends.push({ pid, at, code, signal, restartedAs: null, successor: null, hasSucceeded: false });
  }

  #attempted(pid: number): void {
    const end = this.#ends.find(({ successor }) => successor?.pid === pid);
    if (!end || end.hasSucceeded) return;
    end.restartedAs = end.successor;
    end.hasSucceeded = true;
  }

  /** A child's attempts count as well. */
  #forked({ pid, parent, at }: Extract<AttemptEvent, { kind: 'fork' }>): void {
    if (this.#pids.has(parent)) this.#adopt(pid, parent);
    const end = this.#ends.find((one) => one.successor === null && this.#parents.get(one.pid) === parent);
    if (!end) return;
    end.restartedAs ??= { pid, at };
    end.successor = { pid, at };
    this.#adopt(pid, end.pid);
  }

  #adopt(pid: number, by: number): void {
    this.#pids.add(pid);
    this.#cuts.adopt(pid, by);
  }

  #verdict(cpu: CpuTimes, survivor: boolean, back: number): Verdict {
    if (this.#ends.length > 0) return 'crashed';
    if (isStorm(this.#log.attempts)) return 'storm';
    if (cpu.spins) return 'spinning';
    if (this.recovered && back === this.#cuts.size) return 'recovered';
    if (this.recovered && back > 0) return 'partly-recovered';
    return survivor && this.#log.attempts.length === 0 ? 'unaffected' : 'gave-up';
  }

  #message(verdict: Verdict, attempts: readonly Attempt[], elsewhere: string | null): string {
    const count = attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`;
    const back = `${this.#backText()}${elsewhere ? `, to ${elsewhere}` : ''}`;
    switch (verdict) {
      case 'recovered':
      case 'partly-recovered':
        return `It ${back}, with ${count}`;
      case 'crashed':
        return `${this.#endText()}; it ${back}`;
      case 'storm':
        return `More than ${stormAttempts} attempts in a second, ${attempts.length} in all; it ${back}`;
      case 'spinning':
        return `It used more than 80 % of a CPU for 3 s; it ${back}`;
      case 'unaffected':
        return 'It made no attempt, and a connection of it to that remote lives';
      default:
        return attempts.length === 0
          ? 'It made no attempt: it may connect only when it has something to send'
          : `It ${back}, with ${count}`;
    }
  }

  #backText(): string {
    const { recovered } = this;
    if (recovered?.end == null) return 'did not connect again';
    const { back, at } = this.#count();
    const cut = this.#cuts.size;
    if (cut <= 1 && back === cut) return `connected again after ${this.#since(recovered.end)} ms`;
    const when =
      back === cut
        ? `the last after ${this.#since(Math.max(recovered.end, at))} ms`
        : `the first after ${this.#since(recovered.end)} ms`;
    return `recovered ${back} of ${cut} connections, ${when}`;
  }

  #endText(): string {
    const [first] = this.#ends;
    if (!first) return '';
    const end = this.#toProcessEnd(first);
    const how = end.signal === null ? `with code ${end.code}` : `by ${end.signal}`;
    const again = end.restartedAs ? ` and was started again as pid ${end.restartedAs.pid}` : '';
    return `${end.name} (pid ${end.pid}) ended ${how} after ${end.atMs} ms${again}`;
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

  #toAttempt({ at, end, result, remote, pid, byOutage }: LoggedAttempt): Attempt {
    const durationMs = end === null ? 0 : round3(end - at);
    return { atMs: this.#since(at), durationMs, result, remote, pid, byOutage };
  }

  #since(at: number): number {
    return round3(at - this.#zero);
  }
}

function isStorm(attempts: readonly LoggedAttempt[]): boolean {
  return attempts.some((attempt, index) => {
    const last = attempts[index + stormAttempts];
    return last !== undefined && last.at - attempt.at <= stormMs;
  });
}

/** Microseconds: more digits are noise. */
function round3(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
