/**
 * The capture that runs: one at a time, as the kernel has one ring for its packets. Its client takes them as fast as it can; what
 * comes faster is lost in the kernel, and counted, so that nothing piles up here.
 */

import type { Broker } from '../broker-link/broker';
import type { CaptureRule, ConnectRecord, PacketRecord } from '../broker-link/capture-records';
import type { Caller } from '../broker-link/claim-records';
import { monotonic, WallClock } from '../broker-link/clock';
import { constants } from '../broker-link/native';
import { AutoResetEvent } from '../common/auto-reset-event';
import { FairQueue } from '../common/fair-queue';
import type { Context } from '../context';
import {
  type CapturedPacket,
  type CaptureParams,
  type CaptureRead,
  type CaptureStarted,
  ErrorCode,
  type Filter,
  protocolError,
  targetOf,
  visibleText,
} from '../protocol';
import type { OutageSession } from '../reconnect/outage-aim';
import { isTo } from '../reconnect/outage-target';
import { subordinatesOf } from '../system/users';
import { aimCapture, type CaptureAim } from './aim';

interface RunningCapture {
  readonly session: OutageSession;
  readonly caller: Caller;
  /** Set by packets, and by the end. */
  readonly news: AutoResetEvent;
  readonly clock: WallClock;
  timer: NodeJS.Timeout | undefined;
  /** Milliseconds of CLOCK_MONOTONIC; null: it runs. */
  endedAt: number | null;
  /** As endedAt. */
  lastReadAt: number;
  isRead: boolean;
}

/** Of one wait for packets; then it is looked again. */
const maxWaitMs = 10_000;
/** Another capture may begin so long after the end of one, and its last read, whose client does not read the rest. */
const maxRestMs = 10_000;

export class Captures {
  readonly #context: Context;
  readonly #broker: Broker;
  #running: RunningCapture | null = null;
  /** The broker may have its rules: set before the first of them, until an end has succeeded. */
  #inForce: RunningCapture | null = null;
  /** Rules are set and ended one after the other, so that no capture ends another, or replaces it. */
  readonly #turns = new FairQueue();

  constructor(context: Context, broker: Broker) {
    this.#context = context;
    this.#broker = broker;
    broker.on('packets', () => this.#running?.news.set());
  }

  /** Errors: those of captures/start. */
  async start(
    caller: Caller,
    session: OutageSession,
    params: CaptureParams,
    filter: Filter,
  ): Promise<CaptureStarted> {
    const running = this.#reserve(caller, session);
    try {
      const aim = await aimCapture(this.#context, session, filter);
      const endsAt = await this.#turns.run(() => this.#begin(running, params, aim));
      return {
        connections: aim.ends.map(({ socket }) => ({ ...targetOf(socket), owners: socket.owners })),
        follows: aim.target !== null,
        endsAt: new Date(endsAt).toISOString(),
      };
    } catch (error) {
      this.#release(running);
      throw error;
    }
  }

  /** Waits until there are packets, or until it is over. Errors: those of captures/read. */
  async read(session: OutageSession): Promise<CaptureRead> {
    const running = this.#of(session);
    if (running.isRead)
      throw protocolError(ErrorCode.busy, 'The capture is being read: wait for that answer');
    running.isRead = true;
    try {
      for (;;) {
        // Before what came until then is taken.
        const over = running.endedAt !== null;
        this.#of(session); // the packets may be those of the next capture
        const { lost, records } = await this.#broker.takePackets();
        if (over && records.length === 0) this.#release(running);
        if (over || records.length > 0) return read(running, lost, records, over);
        await running.news.wait(maxWaitMs);
      }
    } finally {
      running.isRead = false;
      running.lastReadAt = monotonic();
    }
  }

  /** Errors: those of captures/stop. */
  async stop(caller: Caller, session: OutageSession): Promise<null> {
    const running = this.#of(session);
    await this.#turns.run(() => this.#end(running, caller), 'urgent');
    return null;
  }

  /** Ends that of a connection that is over. */
  endOf(session: object): void {
    const running = this.#running;
    if (running?.session !== session) return;
    this.#release(running);
    this.#endLater(running);
  }

  /** No await between the question and the answer. */
  #reserve(caller: Caller, session: OutageSession): RunningCapture {
    const other = this.#running;
    if (other && !isLeft(other))
      throw protocolError(
        ErrorCode.busy,
        `A capture of pid ${other.caller.client.pid} runs, and there is one at a time: wait for its end, or end it`,
      );
    this.#running = {
      session,
      caller,
      news: new AutoResetEvent(),
      clock: new WallClock(),
      timer: undefined,
      endedAt: null,
      lastReadAt: 0,
      isRead: false,
    };
    return this.#running;
  }

  /** In a turn. Resolves with its end, in milliseconds since 1970. */
  async #begin(running: RunningCapture, params: CaptureParams, aim: CaptureAim): Promise<number> {
    requireWanted(running); // else the rules may be those of the next capture
    // One before that could not be ended.
    await this.#endRules(running.caller);
    // No await from here until it is in force, so that an end comes before, or has its turn behind this one.
    requireWanted(running);
    this.#inForce = running;
    try {
      const endsAt = Date.now() + params.forMs;
      await this.#setRules(running, params, aim);
      requireWanted(running);
      running.timer = setTimeout(() => this.#endLater(running), params.forMs);
      return endsAt;
    } catch (error) {
      await this.#endRules(running.caller).catch(logUnended); // the first error says more
      throw error;
    }
  }

  async #setRules(
    { caller }: RunningCapture,
    { forMs, snap }: CaptureParams,
    aim: CaptureAim,
  ): Promise<void> {
    const { scope, uid: served } = this.#context.options;
    const uid = scope === 'all' ? null : served;
    const expiresAt = monotonic() + forMs;
    const subordinates = uid === null ? [] : subordinatesOf(uid);
    const { pids = null, netns = null, protocol = null } = aim.target ?? {};
    const remotes = aim.target?.remotes ?? [{ address: null, port: null }];
    const common = { expiresAt, netns, uid, subordinates, protocol, pids, livingOnly: aim.target === null };
    if (remotes.length > constants.outageRules)
      throw protocolError(
        ErrorCode.invalidFilter,
        `A capture is for at most ${constants.outageRules} remotes, not ${remotes.length}: name fewer`,
      );
    for (const [index, remote] of remotes.entries()) {
      const cookies = aim.ends.filter((seen) => isTo(remote, seen)).map(({ record }) => record.cookie);
      const rule: CaptureRule = { ...common, ...remote, cookies };
      await this.#broker.setCapture(caller, index, snap, rule);
    }
  }

  #of(session: OutageSession): RunningCapture {
    if (this.#running?.session === session) return this.#running;
    throw protocolError(ErrorCode.notFound, 'No capture of this connection runs; it may have ended');
  }

  #release(running: RunningCapture): void {
    if (this.#running === running) this.#running = null;
  }

  /** In a turn. Without a caller, it is over for the one who has started it. */
  async #end(running: RunningCapture, caller = running.caller): Promise<void> {
    if (this.#inForce === running) await this.#endRules(caller);
    settle(running);
  }

  /** In a turn. */
  async #endRules(caller: Caller): Promise<void> {
    if (!this.#inForce) return;
    await this.#broker.endCapture(caller);
    this.#inForce = null;
  }

  /** Where that fails, its rules expire by themselves, and the next capture begins with their end. */
  #endLater(running: RunningCapture): void {
    void this.#turns
      .run(() => this.#end(running), 'urgent')
      .catch((error) => {
        logUnended(error);
        settle(running);
      });
  }
}

/** It has ended, and nobody reads its rest. */
function isLeft({ endedAt, lastReadAt, isRead }: RunningCapture): boolean {
  return endedAt !== null && !isRead && monotonic() - Math.max(endedAt, lastReadAt) > maxRestMs;
}

function settle(running: RunningCapture): void {
  clearTimeout(running.timer);
  running.endedAt ??= monotonic();
  running.news.set();
}

/** Throws where it is over before its rules are in force. */
function requireWanted({ session, endedAt }: RunningCapture): void {
  if (session.over) throw protocolError(ErrorCode.notFound, 'The client has disconnected');
  if (endedAt !== null) throw protocolError(ErrorCode.notFound, 'The capture was stopped before it began');
}

function logUnended(error: unknown): void {
  console.error(`A capture could not be ended early: ${String(error)}`);
}

function read(
  { clock }: RunningCapture,
  lost: number,
  records: readonly (PacketRecord | ConnectRecord)[],
  over: boolean,
): CaptureRead {
  const packets: CapturedPacket[] = [];
  const opened = [];
  clock.follow();
  for (const record of records) {
    const { kind, cookie } = record;
    if (kind === 'connect') {
      opened.push({ cookie, pid: record.pid, name: visibleText(record.name) });
      continue;
    }
    const at = clock.at(record.at).toString();
    packets.push({
      at,
      cookie,
      direction: kind,
      length: record.length,
      bytes: record.bytes.toString('base64'),
    });
  }
  return { packets, opened, lost, over: over && records.length === 0 };
}
