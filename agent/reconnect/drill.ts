/** Drills: each round destroys what matches, holds its remote down if asked to, and watches how its processes come back. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-jsonrpc';
import type { Client } from '../access/scope';
import { destroy } from '../actions/destroy';
import type { AttemptEvent } from '../broker-link/attempt-records';
import { monotonic } from '../broker-link/clock';
import { Alarm } from '../common/auto-reset-event';
import type { Inventory } from '../inventory/inventory';
import {
  type DrillEvent,
  type DrillParams,
  type DrillResult,
  type DrillSummary,
  type Filter,
  quantile,
  type Round,
  runDrill,
} from '../protocol';
import type { Service } from '../server/service';
import { parentOf } from '../system/process-stat';
import { findBackoff } from './backoff';
import { CpuTimes } from './cpu-times';
import { RoundLog } from './drill-round';
import { type DrillTarget, drillTarget } from './drill-target';
import { outageTarget } from './outage-target';
import type { OutageSession } from './outages';

/** Milliseconds: events wake a round, and this often it looks at the clock, CPU times and silent attempts. */
const tick = 100;
/** Milliseconds after a recovery for bytes to move, and for the process to end after all. */
const afterMs = 500;
/** Milliseconds for whoever starts an ended process again. */
const restartMs = 2000;
/** Milliseconds that a destroy may take, in which its remote is held down already: the time that was asked for comes after. */
const destroyMs = 5000;

export interface DrillCall {
  readonly service: Service;
  readonly client: Client;
  /** The connection that asked: outages end with it. */
  readonly session: OutageSession;
  readonly params: DrillParams;
  readonly filter: Filter;
  readonly cancelled: CancellationToken;
  readonly tell: (event: DrillEvent) => void;
}

export async function drill(call: DrillCall): Promise<DrillResult> {
  const { service, params, cancelled } = call;
  const rounds: Round[] = [];
  const alarm = new Alarm();
  cancelled.onCancellationRequested(() => alarm.ring());
  let log: RoundLog | null = null;
  let held: number | null = null;
  const onEvent = (event: AttemptEvent) => {
    const attempt = log?.take(event);
    // Children, and what is started again, are held down as well.
    if (event.kind === 'fork' && held !== null && log?.counts(event.pid))
      void service.hooks.outages.extend(held, event.pid).catch(() => {});
    if (attempt) call.tell({ kind: 'attempt', round: rounds.length + 1, attempt });
    alarm.ring();
  };
  const end = await service.hooks.attempts.watch({
    filter: { protocol: 'tcp', follows: true, watchedOnly: true },
    onEvent,
  });
  try {
    let due = monotonic();
    while (rounds.length < params.times && !cancelled.isCancellationRequested) {
      while (monotonic() < due && !cancelled.isCancellationRequested)
        await alarm.wait(Math.min(tick, due - monotonic()));
      if (cancelled.isCancellationRequested) break;
      due = monotonic() + varied(params.everyMs, params.jitter);
      const round = await runRound(call, rounds.length + 1, alarm, {
        log: (one) => {
          log = one;
        },
        held: (id) => {
          held = id;
        },
      });
      log = null;
      held = null;
      // One that was cut short says nothing of what would have become of it.
      if (!round) break;
      rounds.push(round);
      call.tell({ kind: 'round', round });
    }
  } finally {
    await end();
  }
  return {
    target: params.filter,
    hold: params.hold,
    rounds,
    summary: summarize(rounds),
    cancelled: cancelled.isCancellationRequested && rounds.length < params.times,
  };
}

function varied(ms: number, jitter: number): number {
  return ms * (1 + jitter * (2 * Math.random() - 1));
}

/** What a round tells of itself before it is over. */
interface Told {
  log(log: RoundLog): void;
  /** The id of its outage. */
  held(id: number): void;
}

/** Null: it was cancelled before its end. */
async function runRound(call: DrillCall, number: number, alarm: Alarm, tell: Told): Promise<Round | null> {
  const { service, client, session, params, filter, cancelled } = call;
  const before = await service.look();
  const target = drillTarget(service, before, client, params, filter, (seen) => session.named(seen));
  if (target.targets.length === 0) return missed(number);
  const parents = new Map(target.processes.map(({ pid }) => [pid, parentOf(pid)]));
  const { broker } = service.part;
  await broker.watchProcesses([...parents.keys(), ...[...parents.values()].filter((pid) => pid > 1)]);
  await broker.follow(target.cookies);
  if (cancelled.isCancellationRequested) return null;
  const log = new RoundLog(number, target, parents, monotonic(), (params.hold?.ms ?? 0) + params.waitMs);
  tell.log(log);
  const { destroyed, downUntil, stop } = await fault(call, target, log, number, tell);
  const cpu = new CpuTimes(target.processes);
  try {
    await untilOver(call, log, cpu, alarm, downUntil, number);
  } finally {
    await stop();
  }
  if (cancelled.isCancellationRequested && !log.isOver) return null;
  return log.result(destroyed, cpu, await survives(service, target, before));
}

type Hold = NonNullable<DrillParams['hold']>;

interface Fault {
  readonly destroyed: number;
  /** CLOCK_MONOTONIC milliseconds until which the remote is held down. */
  readonly downUntil: number;
  /** Ends the outage, where it has not ended by itself. */
  stop(): Promise<void>;
}

async function fault(
  call: DrillCall,
  target: DrillTarget,
  log: RoundLog,
  round: number,
  tell: Told,
): Promise<Fault> {
  const { hold } = call.params;
  const stop = hold ? await holdDown(call, target, log, hold, tell) : async () => {};
  try {
    const destroyed = hold?.fault === 'blackhole' ? 0 : await destroyAll(call, target, log);
    call.tell({ kind: 'destroyed', round, count: destroyed, at: new Date().toISOString() });
    const begunAt = log.begunAt ?? monotonic();
    if (!hold) return { destroyed, downUntil: begunAt, stop };
    call.tell({ kind: 'held', round, fault: hold.fault, untilMs: hold.ms });
    return { destroyed, ...stopAt(begunAt + hold.ms, stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves, when the remote is held down, with how to end that. */
async function holdDown(
  { service, client, session, params, filter }: DrillCall,
  target: DrillTarget,
  log: RoundLog,
  { fault, ms }: Hold,
  tell: Told,
): Promise<Fault['stop']> {
  const { outages } = service.hooks;
  const forMs = fault === 'blackhole' ? ms : ms + destroyMs;
  const outage = { fault, forMs, filter: params.filter, detach: false };
  const held = outageTarget(filter, target.seen, session.namespaces(target.namespaces), service.sight.own);
  const caller = { method: runDrill.method, client };
  const { outage: started, at } = await outages.hold(caller, session, outage, held, target.seen);
  tell.held(started.id);
  if (fault === 'blackhole') log.begin(at);
  return () =>
    outages.stop(started.id).then(
      () => {},
      () => {}, // it has ended by itself
    );
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

async function destroyAll(
  { service, client }: DrillCall,
  { targets, cuts }: DrillTarget,
  log: RoundLog,
): Promise<number> {
  const results = await destroy(service, client, { targets }, runDrill.method);
  const destroyed = cuts.filter((_, index) => results[index]?.outcome === 'destroyed');
  log.destroyed(destroyed.map(({ cookie }) => cookie));
  return destroyed.length;
}

/** Until all has recovered, or its process has ended for good, or the time to wait is over. */
async function untilOver(
  { service, params, cancelled, tell }: DrillCall,
  log: RoundLog,
  cpu: CpuTimes,
  alarm: Alarm,
  downUntil: number,
  round: number,
): Promise<void> {
  const deadline = () => log.endsAt ?? downUntil + params.waitMs;
  const settle = (now: number) => {
    for (const attempt of log.settle(now)) tell({ kind: 'attempt', round, attempt });
  };
  let sampleAt = 0;
  let over = Number.POSITIVE_INFINITY;
  for (let now = monotonic(); !cancelled.isCancellationRequested; now = monotonic()) {
    if (now >= Math.min(deadline(), over)) {
      await service.part.broker.attemptsSoFar();
      // What was on its way may say that it is not over, but in a time that has passed.
      if (now >= deadline() || log.isOver) return settle(Math.min(now, deadline()));
    }
    settle(now);
    if (now >= sampleAt) {
      cpu.sample(now);
      sampleAt = now + 500;
    }
    // What was started again has all the time that is left.
    over = log.isOver ? Math.min(over, now + (log.isBack ? afterMs : restartMs)) : Number.POSITIVE_INFINITY;
    if (log.isBack && log.hasBytes && now >= over - afterMs / 2) return;
    await alarm.wait(Math.min(tick, Math.max(1, Math.min(deadline(), over) - now)));
    // A storm of events must not become a storm of looks.
    await sleep(1);
  }
}

/** Whether another connection of the same processes to the same remote has lived through it: a pool's other ones. */
async function survives(service: Service, target: DrillTarget, before: Inventory): Promise<boolean> {
  const inventory = await service.look();
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

function missed(round: number): Round {
  return {
    round,
    startedAt: new Date().toISOString(),
    destroyed: 0,
    cut: 0,
    recovered: 0,
    firstAttemptMs: null,
    recoveredMs: null,
    allRecoveredMs: null,
    bytesMs: null,
    attempts: [],
    gapsMs: [],
    recoveredAt: null,
    verdict: 'missed',
    message: 'No established connection matched when the round began',
    exit: null,
  };
}

function summarize(rounds: readonly Round[]): DrillSummary {
  const times = rounds.flatMap(({ allRecoveredMs }) => allRecoveredMs ?? []);
  const backoff = findBackoff(rounds.map(({ gapsMs }) => gapsMs));
  const at = (part: number) => (times.length === 0 ? null : Math.round(quantile(times, part) * 1000) / 1000);
  return {
    rounds: rounds.length,
    recovered: rounds.filter(({ allRecoveredMs, exit }) => allRecoveredMs !== null && !exit).length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    backoff: backoff.kind,
    backoffDetail: backoff,
  };
}
