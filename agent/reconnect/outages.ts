/**
 * Manages the outages of all clients. Their rules are in the kernel and end there: when they expire, and within a second after
 * the broker's end. The broker spares what carries sessions.
 */

import { allowedOf } from '../access/verdicts';
import { destroy } from '../actions/destroy';
import type { Broker } from '../broker-link/broker';
import type { Caller } from '../broker-link/claim-records';
import { monotonic } from '../broker-link/clock';
import { constants } from '../broker-link/native';
import type { OutageCount, PacketLoss } from '../broker-link/outage-records';
import { FairQueue } from '../common/fair-queue';
import { nobody, onBehalfOf, type Principal, presentPrincipal } from '../common/on-behalf';
import type { Context } from '../context';
import type { SeenSocket } from '../inventory/inventory';
import {
  type Degradation,
  type DestroyedSocket,
  ErrorCode,
  type Filter,
  type Outage,
  type OutageParams,
  type OutageStarted,
  protocolError,
  targetOf,
  visibleText,
} from '../protocol';
import { subordinatesOf } from '../system/users';
import { agreedAmong } from './agreed';
import { requireNamed } from './named-processes';
import { aimOutage, matchingSockets, type OutageSession } from './outage-aim';
import { packetsOf, totalOf } from './outage-counts';
import { isTo, type OutageTarget } from './outage-target';

interface RunningOutage {
  readonly outage: Omit<Outage, 'connects' | 'packets'>;
  /** Who has started it. */
  readonly caller: Caller;
  /** In whose turn it is extended, and ended when it is over. */
  readonly principal: Principal;
  /** The outage ends with this connection; null: detached. */
  readonly session: OutageSession | null;
  /** Indexes of its rules. */
  readonly rules: readonly number[];
  /** Milliseconds of CLOCK_MONOTONIC, after which they apply no longer. */
  readonly expiresAt: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (end: OutageEnd) => void;
}

interface OutageEnd {
  /** Its final counts; null: they are not known. */
  readonly count: OutageCount | null;
  /** By stop(). */
  readonly stopped: boolean;
}

/** Of an outage; of a degrade, which is a blackhole for some packets, also of which. */
export interface HoldParams extends Pick<OutageParams, 'filter' | 'fault' | 'forMs' | 'detach'> {
  readonly degrade?: { readonly fault: Degradation; readonly loss: PacketLoss };
}

interface StartedOutage {
  /** As of its start: it may be over before all matching connections are destroyed. */
  readonly outage: Outage;
  /** Milliseconds of CLOCK_MONOTONIC at which the rules were in force. */
  readonly at: number;
  /** Resolves when it is over. */
  readonly ended: Promise<OutageEnd>;
}

export class Outages {
  readonly #context: Context;
  readonly #broker: Broker;
  readonly #running = new Map<number, RunningOutage>();
  readonly #listeners = new Set<(outages: readonly Outage[]) => void>();
  #nextId = 1;
  /** Starts and ends run one after the other: they share the rules. Starts wait for the others. */
  readonly #turns = new FairQueue();

  constructor(context: Context, broker: Broker) {
    this.#context = context;
    this.#broker = broker;
  }

  /** Whether any outage runs. */
  get any(): boolean {
    return this.#running.size > 0;
  }

  /** Calls the listener when an outage starts or ends, until the returned function is called. */
  onChange(listener: (outages: readonly Outage[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts the rules into the kernel and destroys what matches. Errors: those of outages/start. */
  async start(
    caller: Caller,
    session: OutageSession,
    params: OutageParams,
    filter: Filter,
  ): Promise<OutageStarted> {
    const { allowed, ends, target } = await aimOutage(this.#context, session, filter, params.agreed);
    const { outage } = await this.hold(caller, session, params, target, ends);
    const destroyed =
      params.fault === 'blackhole'
        ? []
        : await this.#destroy(caller, session, params, filter, allowed, outage.id);
    return { outage, destroyed };
  }

  /**
   * Puts the rules into the kernel, without a destroy. `startsWithin`: milliseconds within which the first of the matched sockets
   * ends, and only from then on the outage lasts its time, by the kernel's clock; 0: from now on.
   */
  hold(
    caller: Caller,
    session: OutageSession,
    params: HoldParams,
    target: OutageTarget,
    matched: readonly SeenSocket[],
    startsWithin = 0,
  ): Promise<StartedOutage> {
    return this.#turns.run(async () => {
      const { scope, uid: served } = this.#context.options;
      const uid = scope === 'all' ? null : served;
      await requireNamed(this.#context, target.pids);
      const begun = await this.#begin(
        caller,
        params,
        target,
        uid,
        matched,
        params.detach ? null : session,
        startsWithin,
      );
      return { ...begun, at: monotonic() };
    });
  }

  async list(): Promise<readonly Outage[]> {
    if (this.#running.size === 0) return [];
    const counts = await this.#broker.outageCounts();
    return [...this.#running.values()].map(({ outage, rules }) => withCounts(outage, ofRules(rules, counts)));
  }

  /** Adds a process to an outage for named processes; does nothing where the outage has ended. */
  extend(id: number, pid: number): Promise<void> {
    const extend = async () => {
      const running = this.#running.get(id);
      for (const rule of running?.rules ?? [])
        if (running) await this.#broker.extendOutage(running.caller, rule, pid);
    };
    // An event leads to it, which is nobody's.
    const principal = this.#running.get(id)?.principal ?? nobody;
    return onBehalfOf(principal, () => this.#turns.run(extend, 'urgent'));
  }

  /** Ends an outage; resolves with its counts. Errors: notFound. */
  stop(id: number, caller?: Caller): Promise<Outage> {
    return this.#turns.run(async () => {
      const outage = await this.#get(id);
      await this.#end(id, caller, true);
      return outage;
    }, 'urgent');
  }

  /** Ends the outages of a connection that is over. */
  endOf(session: object): void {
    for (const [id, running] of this.#running) if (running.session === session) this.#endLater(id);
  }

  async #begin(
    caller: Caller,
    { filter, fault, forMs, detach, degrade }: HoldParams,
    target: OutageTarget,
    uid: number | null,
    matched: readonly SeenSocket[],
    session: OutageSession | null,
    startsWithin: number,
  ): Promise<Omit<StartedOutage, 'at'>> {
    const rules = this.#freeRules(target.remotes.length);
    // No await from here until it is in #running, so endOf cannot miss it.
    if (session?.over) throw protocolError(ErrorCode.notFound, 'The client has disconnected');
    const started = Date.now();
    const expiresAt = monotonic() + forMs + startsWithin;
    const holdMs = startsWithin > 0 ? forMs : null;
    const { pids, netns, protocol } = target;
    const subordinates = uid === null ? [] : subordinatesOf(uid);
    const loss = degrade?.loss ?? null;
    const common = { fault, expiresAt, holdMs, netns, uid, subordinates, protocol, pids, loss };
    const named = fault === 'blackhole' || holdMs !== null ? matched : [];
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#endLater(id), forMs + startsWithin);
    const outage = {
      id,
      filter,
      fault: degrade?.fault ?? fault,
      target: visibleText(target.text),
      startedAt: new Date(started).toISOString(),
      endsAt: new Date(started + forMs).toISOString(),
      detached: detach,
    };
    const principal = presentPrincipal();
    let settle: RunningOutage['settle'] = () => {};
    const ended = new Promise<OutageEnd>((resolve) => {
      settle = resolve;
    });
    this.#running.set(id, { outage, caller, principal, session, rules, expiresAt, timer, settle });
    try {
      for (const [at, rule] of rules.entries()) {
        const remote = target.remotes[at] ?? { address: null, port: null };
        // Each socket belongs to one rule only: that of its remote.
        const cookies = named.filter((seen) => isTo(remote, seen)).map(({ record }) => record.cookie);
        await this.#broker.setOutage(caller, rule, { ...common, ...remote, cookies });
      }
    } catch (error) {
      await this.#end(id);
      throw error;
    }
    this.#notify();
    return { outage: { ...outage, connects: 0, packets: 0 }, ended };
  }

  #freeRules(count: number): number[] {
    const used = new Set([...this.#running.values()].flatMap(({ rules }) => rules));
    const free = Array.from({ length: constants.outageRules }, (_, rule) => rule).filter(
      (rule) => !used.has(rule),
    );
    if (free.length < count)
      throw protocolError(
        ErrorCode.busy,
        `At most ${constants.outageRules} remotes can be affected at once, and this needs ${count} more: name fewer, or stop a fault that runs`,
      );
    return free.slice(0, count);
  }

  /**
   * Scans again: a connection made just before the rules were in force must be destroyed, too. `allowed`: judged already; a destroy
   * judges them once more, and does nothing when the outage is over by then.
   */
  async #destroy(
    caller: Caller,
    session: OutageSession,
    { agreed }: OutageParams,
    filter: Filter,
    allowed: readonly SeenSocket[],
    id: number,
  ): Promise<readonly DestroyedSocket[]> {
    const known = new Set(allowed.map(({ id }) => id));
    const inventory = await this.#context.scanner.scan();
    const matching = agreedAmong(agreed, matchingSockets(inventory, session, filter), inventory);
    const added = await allowedOf(
      this.#broker,
      matching.filter(({ id }) => !known.has(id)),
    );
    const destroyable = [...matching.filter(({ id }) => known.has(id)), ...added];
    if (destroyable.length === 0) return [];
    const targets = destroyable.map(({ socket }) => targetOf(socket));
    return destroy(this.#context, caller, { targets }, this.#purpose(id));
  }

  #purpose(id: number) {
    const { expiresAt: until = 0, session = null } = this.#running.get(id) ?? {};
    return { until, goesOn: () => this.#running.has(id) && !session?.over && monotonic() < until };
  }

  async #get(id: number): Promise<Outage> {
    const outage = (await this.list()).find((one) => one.id === id);
    if (outage) return outage;
    throw protocolError(ErrorCode.notFound, `No outage ${id} runs; it may have ended`);
  }

  #endLater(id: number): void {
    void this.#turns
      .run(() => this.#end(id), 'urgent')
      .catch((error) => console.error(`An outage could not be ended early: ${String(error)}`));
  }

  /** Without a caller, it is over for the one who has started it. */
  async #end(id: number, caller?: Caller, stopped = false): Promise<void> {
    const running = this.#running.get(id);
    if (!running) return;
    clearTimeout(running.timer);
    let count: OutageCount | null = null;
    try {
      for (const rule of running.rules) await this.#broker.clearOutage(caller ?? running.caller, rule);
      // Not before: what comes meanwhile counts as well.
      count = ofRules(running.rules, await this.#broker.outageCounts());
    } finally {
      running.settle({ count, stopped });
      this.#running.delete(id);
      this.#notify();
    }
  }

  #notify(): void {
    void this.list()
      .then((outages) => {
        for (const listener of this.#listeners) listener(outages);
      })
      .catch(() => {});
  }
}

function ofRules(rules: readonly number[], counts: readonly OutageCount[]): OutageCount {
  return totalOf(rules.flatMap((rule) => counts[rule] ?? []));
}

export function withCounts(outage: RunningOutage['outage'], count: OutageCount): Outage {
  return { ...outage, connects: count.connects, packets: packetsOf([count.in, count.out]).dropped };
}
