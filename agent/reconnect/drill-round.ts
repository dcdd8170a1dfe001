/** One round of a drill: destroys matching connections, holds their remote down on request, and watches processes reconnect. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-jsonrpc';
import { destroy } from '../actions/destroy';
import type { AttemptEvent } from '../broker-link/attempt-records';
import { monotonic } from '../broker-link/clock';
import type { AutoResetEvent } from '../common/auto-reset-event';
import { widerScopeText } from '../common/wording';
import type { Context } from '../context';
import type { Inventory } from '../inventory/inventory';
import {
  type DrillEvent,
  type DrillParams,
  emptyRound,
  type Filter,
  limits,
  type Round,
  runDrill,
} from '../protocol';
import { parentOf } from '../system/process-stat';
import type { ClientIdentity } from '../system/users';
import { requireAgreed } from './agreed';
import type { AttemptRoom } from './attempt-log';
import { CpuTimes } from './cpu-times';
import { type DrillTarget, drillTarget } from './drill-target';
import type { OutageSession } from './outage-aim';
import { outageTarget, soleNamespace } from './outage-target';
import type { Outages } from './outages';
import { RoundLog } from './round-log';

/** Besides at events, a round checks the clock, CPU times and silent attempts this often. */
export const checkIntervalMs = 100;
/** Between two samples of CPU times. */
const cpuSampleMs = 500;
/** Wait after a recovery: bytes may follow, or the process may still end. */
const recoveryMs = 500;
/** Wait after the end of a process: a supervisor may restart it. */
const restartMs = 2000;
/** Time limit of the destroy: the remote is held down before it begins, and the hold counts from the first end on. */
const maxDestroyMs = 5000;

export interface DrillCall {
  readonly context: Context;
  readonly outages: Outages;
  readonly client: ClientIdentity;
  /** The client's connection: outages end with it. */
  readonly session: OutageSession;
  readonly params: DrillParams;
  readonly filter: Filter;
  readonly cancelled: CancellationToken;
  readonly report: (event: DrillEvent) => void;
}

type Hold = NonNullable<DrillParams['hold']>;

interface Fault {
  readonly destroyed: number;
  /** CLOCK_MONOTONIC milliseconds until which the remote is held down. */
  readonly downUntil: number;
  /** Ends the outage, unless it has ended by itself. */
  stop(): Promise<void>;
}

export class DrillRound {
  readonly #call: DrillCall;
  readonly #number: number;
  /** Set by events and by a cancel. */
  readonly #wake: AutoResetEvent;
  #log: RoundLog | null = null;
  /** The id of its outage. */
  #outage: number | null = null;

  constructor(call: DrillCall, number: number, wake: AutoResetEvent) {
    this.#call = call;
    this.#number = number;
    this.#wake = wake;
  }

  onEvent(event: AttemptEvent): void {
    const attempt = this.#log?.take(event);
    // Children and restarted processes are held down as well.
    if (event.kind === 'fork' && this.#outage !== null && this.#log?.counts(event.pid))
      void this.#call.outages.extend(this.#outage, event.pid).catch(() => {});
    if (attempt) this.#call.report({ kind: 'attempt', round: this.#number, attempt });
  }

  /** Null: cancelled. */
  async run(): Promise<Round | null> {
    const { context, session, params, filter, cancelled } = this.#call;
    const before = await context.scanner.scan();
    const broker = context.requireBroker();
    const target = await drillTarget(broker, before, params, filter, (seen) => session.named(seen));
    if (this.#number === 1) requireAgreed(params.agreed, target.allowed, before);
    if (target.targets.length === 0)
      return untouched(this.#number, target.denied, widerScopeText(context.options.mode));
    await context.scanner.learn(target.processes.map(({ pid }) => pid));
    const parents = new Map(target.processes.map(({ pid }) => [pid, parentOf(pid)]));
    await broker.watchProcesses([...parents.keys(), ...[...parents.values()].filter((pid) => pid > 1)]);
    await broker.follow(target.cookies);
    if (cancelled.isCancellationRequested) return null;
    const lastsMs = (params.hold?.ms ?? 0) + params.waitMs;
    const room = roomOf(params.times);
    const log = new RoundLog(this.#number, target, parents, monotonic(), lastsMs, room);
    this.#log = log;
    const { destroyed, downUntil, stop } = await this.#inject(target, log);
    const cpu = new CpuTimes(target.processes);
    // A cancelled drill's program connects again once the outage is stopped: that is no recovery.
    let isOver = false;
    try {
      await this.#untilOver(log, cpu, downUntil);
      isOver = log.isOver;
    } finally {
      await stop();
    }
    if (cancelled.isCancellationRequested && !isOver) return null;
    return log.result(destroyed, cpu, await survives(context, target, before));
  }

  async #inject(target: DrillTarget, log: RoundLog): Promise<Fault> {
    const { params, report } = this.#call;
    const { hold } = params;
    const round = this.#number;
    const stop = hold ? await this.#holdDown(target, log, hold) : async () => {};
    try {
      const destroyed = hold?.fault === 'blackhole' ? 0 : await this.#destroyAll(target, log);
      report({ kind: 'destroyed', round, count: destroyed, at: new Date().toISOString() });
      const begunAt = log.begunAt ?? monotonic();
      if (!hold) return { destroyed, downUntil: begunAt, stop };
      report({ kind: 'held', round, fault: hold.fault, untilMs: hold.ms });
      return { destroyed, ...stopAt(begunAt + hold.ms, stop) };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  /** Resolves once the remote is held down, with a function that ends it. */
  async #holdDown(target: DrillTarget, log: RoundLog, { fault, ms }: Hold): Promise<Fault['stop']> {
    const { outages, client, session, params, filter } = this.#call;
    const outage = { fault, forMs: ms, filter: params.filter, detach: false };
    const namespaces = session.namespaces(target.namespaces);
    const held = outageTarget(filter, target.seen, namespaces, soleNamespace(target.seen));
    const caller = { method: runDrill.method, client };
    const { outage: started, at } = await outages.hold(
      caller,
      session,
      outage,
      held,
      target.seen,
      fault === 'blackhole' ? 0 : maxDestroyMs,
    );
    this.#outage = started.id;
    if (fault === 'blackhole') log.begin(at);
    return () =>
      outages.stop(started.id).then(
        () => {},
        () => {}, // it has ended by itself
      );
  }

  async #destroyAll({ targets, cuts }: DrillTarget, log: RoundLog): Promise<number> {
    const { context, client, session, cancelled } = this.#call;
    const goesOn = () => !session.over && !cancelled.isCancellationRequested;
    const results = await destroy(context, { method: runDrill.method, client }, { targets }, { goesOn });
    const destroyed = cuts.filter((_, index) => results[index]?.outcome === 'destroyed');
    log.destroyed(destroyed.map(({ cookie }) => cookie));
    return destroyed.length;
  }

  /** Waits until all connections are back, or the process has ended for good, or the time to wait is over. */
  async #untilOver(log: RoundLog, cpu: CpuTimes, downUntil: number): Promise<void> {
    const { context, params, cancelled } = this.#call;
    const deadline = () => log.endsAt ?? downUntil + params.waitMs;
    let sampleAt = 0;
    let over = Number.POSITIVE_INFINITY;
    for (let now = monotonic(); !cancelled.isCancellationRequested; now = monotonic()) {
      if (now >= Math.min(deadline(), over)) {
        await context.requireBroker().flushAttempts();
        // An event in transit may show that it is not over, but only before the deadline.
        if (now >= deadline() || log.isOver) return this.#settle(log, Math.min(now, deadline()));
      }
      this.#settle(log, now);
      if (now >= sampleAt) {
        cpu.sample(now);
        sampleAt = now + cpuSampleMs;
      }
      // A restarted process has all the time that is left.
      over = log.isOver
        ? Math.min(over, now + (log.isBack ? recoveryMs : restartMs))
        : Number.POSITIVE_INFINITY;
      if (log.isBack && log.hasBytes && now >= over - recoveryMs / 2) return;
      await this.#wake.wait(Math.min(checkIntervalMs, Math.max(1, Math.min(deadline(), over) - now)));
      // A storm of events must not become a storm of checks.
      await sleep(1);
    }
  }

  #settle(log: RoundLog, now: number): void {
    for (const attempt of log.settle(now))
      this.#call.report({ kind: 'attempt', round: this.#number, attempt });
  }
}

function stopAt(downUntil: number, stop: Fault['stop']): Pick<Fault, 'downUntil' | 'stop'> {
  const timer = setTimeout(() => void stop(), downUntil - monotonic());
  return {
    downUntil,
    stop: () => {
      clearTimeout(timer);
      return stop();
    },
  };
}

/** Whether another connection of the same processes to the same remote survived: other members of a pool. */
async function survives(context: Context, target: DrillTarget, before: Inventory): Promise<boolean> {
  const inventory = await context.scanner.scan();
  const pids = new Set(target.processes.map(({ pid }) => pid));
  for (const { socket, holders } of inventory.all())
    if (
      socket.state === 'established' &&
      before.get(socket) &&
      socket.remote &&
      holders.some(({ pid }) => pids.has(pid)) &&
      target.seen.some(({ socket: lost }) => lost.remote && sameEndpoint(lost.remote, socket.remote))
    )
      return true;
  return false;
}

function sameEndpoint(a: { address: string; port: number }, b: typeof a | null): boolean {
  return a.address === b?.address && a.port === b.port;
}

/** The answer stays of one size, whatever the number of rounds. */
function roomOf(rounds: number): AttemptRoom {
  const attempts = Math.min(limits.roundAttempts, Math.floor(limits.drillAttempts / rounds));
  return { attempts, groups: Math.min(limits.roundGroups, Math.ceil(attempts / 20)) };
}

/** A round that had nothing to destroy. */
function untouched(round: number, denied: number, widerScope: string): Round {
  const message =
    denied === 0
      ? 'No established connection matched when the round began'
      : `What matched belongs to another user (${denied} ${denied === 1 ? 'socket' : 'sockets'}): an agent with scope all may drill it: ${widerScope}`;
  return {
    ...emptyRound(round, new Date().toISOString()),
    startedMs: monotonic(),
    verdict: denied === 0 ? 'missed' : 'denied',
    message,
  };
}
