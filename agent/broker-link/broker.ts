/** The requests that the agent sends to its broker, and their answers (native/src/shared/broker_protocol.h). */

import { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Urgency } from '../common/fair-queue';
import {
  type AuditLines,
  type BindTrial,
  type EngineChoice,
  ErrorCode,
  limits,
  type ProcessId,
  type Signal,
  type SocketDetail,
  type TcpTimers,
  type Tuning,
} from '../protocol';
import {
  type AttemptEvent,
  type AttemptFilter,
  decodeAttempts,
  decodeLoss,
  encodeAttemptFilter,
} from './attempt-records';
import { decodeAuditLines, encodeSince } from './audit-records';
import { decodeBinds, encodeBindRequest, type PortPlace } from './bind-records';
import { BrokerChannel, type BrokerOwner } from './broker-channel';
import { type CaptureRule, decodeTaken, encodeCapture, type Taken } from './capture-records';
import { decodeCarriers } from './carrier-records';
import { type Caller, encodeClaim } from './claim-records';
import {
  type DestroyRecord,
  type DestroyReply,
  decodeReplies,
  encodeEach,
  encodeTarget,
  encodeTargets,
  type TargetOptions,
} from './destroy-records';
import { decodeDetail } from './detail-records';
import { type BrokerFeatures, decodeFeatures } from './feature-records';
import { decodeHistory, type HistoryEvents } from './history-records';
import {
  decodeJudgements,
  decodeVerdicts,
  encodeProcesses,
  type Judgement,
  type Verdict,
} from './judge-records';
import {
  decodeListing,
  encodeSelection,
  type KernelListing,
  type ListOptions,
  type ListSelection,
  readListing,
} from './list-records';
import { type BrokerHandle, constants } from './native';
import {
  decodeOutageCounts,
  encodeCookies,
  encodeOutage,
  encodePids,
  type OutageCount,
  type OutageRule,
} from './outage-records';
import { decodeDirectories, decodeProcessFiles, encodeSignal, type ProcessFiles } from './process-records';
import { deniedAs, goneAs, refusedAs } from './refusals';
import { decodeTimers } from './timer-records';
import { encodeTune } from './tune-records';

/** Of one request: the broker answers nothing else meanwhile. */
const maxProcesses = 512;
/** Likewise, of a judge request; as many as a client's destroy has. */
const maxJudged = limits.targets;

interface DestroyExtras extends Omit<TargetOptions, 'refused'> {
  readonly refused?: readonly DestroyRecord[];
}

/** How long a status request waits for the broker. */
const maxPingMs = 250;

/**
 * Emits `attempt` with an AttemptEvent while attempts are watched, `history` while one is kept, `changed` while events are watched, at most once between
 * two listings, `packets` when there are some again, and `lost` once when the broker is gone.
 */
export class Broker extends EventEmitter<{
  attempt: [AttemptEvent];
  history: [HistoryEvents];
  changed: [];
  packets: [];
  lost: [];
}> {
  readonly pid: number;
  readonly #channel: BrokerChannel;
  readonly #memory: number;

  constructor({ pid, control, memory }: BrokerHandle, owner?: BrokerOwner) {
    super();
    this.pid = pid;
    this.#memory = memory;
    this.#channel = new BrokerChannel(control, pid, owner);
    this.#channel.on('event', (type, payload) => this.#dispatch(type, payload));
    this.#channel.once('lost', () => {
      closeSync(this.#memory);
      this.emit('lost');
    });
  }

  features(urgency?: Urgency): Promise<BrokerFeatures> {
    return this.#channel.request(constants.message.features, undefined, decodeFeatures, { urgency });
  }

  /**
   * Every socket of every network namespace that could be read; with a selection those of it, without `ends`.
   */
  async list(selection?: ListSelection, { before = null, pass }: ListOptions = {}): Promise<KernelListing> {
    const request = selection && encodeSelection(selection);
    // The next listing with this place overwrites the rows, so they are read before the place is free.
    const read = (payload: Buffer, place: number) => readListing(payload, this.#memory, place);
    const raw = await this.#channel.request(constants.message.list, request, read, { pass });
    return decodeListing(raw, before);
  }

  /** As destroy, without the destroy: status `kernel` or `held` for each socket found. */
  inspect(targets: readonly DestroyRecord[]): Promise<DestroyReply[]> {
    const payload = encodeTargets(constants.engine.auto, targets);
    return this.#channel.request(constants.message.inspect, payload, decodeReplies);
  }

  /** What the scope says of each of these TCP and UDP sockets, in order. Nothing is done or written down. */
  async judge(targets: readonly DestroyRecord[]): Promise<Judgement[]> {
    const found: Judgement[] = [];
    for (let at = 0; at < targets.length; at += maxJudged) {
      const payload = encodeEach(targets.slice(at, at + maxJudged));
      found.push(...(await this.#channel.request(constants.message.judge, payload, decodeJudgements)));
    }
    return found;
  }

  /** What the scope says of a signal to this process. Nothing is sent or written down. */
  async judgeProcess(process: ProcessId): Promise<Verdict> {
    const payload = encodeProcesses([process]);
    const [verdict] = await this.#channel.request(constants.message.judgeProcesses, payload, decodeVerdicts);
    return verdict ?? 'denied';
  }

  /** Rejects with notFound where the socket is gone. */
  socketDetail(target: DestroyRecord): Promise<SocketDetail> {
    return this.#channel
      .request(constants.message.socketDetail, encodeTarget(target), decodeDetail)
      .catch(goneAs(['ENOENT']));
  }

  /** Of TCP connections, in order, where the owner that a target names holds them. */
  tcpTimers(targets: readonly DestroyRecord[]): Promise<(TcpTimers | null)[]> {
    return this.#channel.request(constants.message.tcpTimers, encodeEach(targets), decodeTimers);
  }

  /** For each process, in order; null: it has ended, or is not within the scope. */
  workingDirectories(pids: readonly number[]): Promise<(string | null)[]> {
    return this.#ofProcesses(constants.message.workingDirectories, pids, decodeDirectories);
  }

  /** For machines whose /proc hides processes; likewise. */
  processFiles(pids: readonly number[]): Promise<(ProcessFiles | null)[]> {
    return this.#ofProcesses(constants.message.processFiles, pids, decodeProcessFiles);
  }

  /** For each process, in order, whether it carries a session. */
  carriers(pids: readonly number[]): Promise<boolean[]> {
    return this.#ofProcesses(constants.message.carriers, pids, decodeCarriers);
  }

  async #ofProcesses<T>(type: number, pids: readonly number[], decode: (reply: Buffer) => T[]): Promise<T[]> {
    const found: T[] = [];
    for (let at = 0; at < pids.length; at += maxProcesses) {
      const payload = encodePids(pids.slice(at, at + maxProcesses));
      found.push(...(await this.#channel.request(type, payload, decode)));
    }
    return found;
  }

  /**
   * Makes real binds in that namespace, and undoes them at once. Rejects with notFound where it cannot be entered, with denied
   * where no process of the scope is in it, with busy where there were too many of a port that the user may not bind himself.
   */
  tryBinds(caller: Caller, place: PortPlace, address?: string): Promise<BindTrial[]> {
    return this.#act(constants.message.bindTrials, caller, encodeBindRequest(place, address), (reply) =>
      decodeBinds(reply, place.netns),
    )
      .catch(
        refusedAs(
          'EDQUOT',
          ErrorCode.busy,
          `Port ${place.port} was tried too often: it is unknown whether it is free. Try again in a few seconds.`,
        ),
      )
      .catch(
        deniedAs(
          `No process of yours is in network namespace ${place.netns}, or it cannot be entered: start the agent with --scope all, or name another one`,
        ),
      )
      .catch(
        goneAs(
          ['ENOENT', 'ESRCH', 'EACCES'],
          `Network namespace ${place.netns} does not exist or cannot be entered: name another one`,
        ),
      );
  }

  /**
   * Signals a process of the scope. `refused`: the agent refuses, and only the audit log hears of it. Rejects with notFound where
   * it has ended.
   */
  async signal(caller: Caller, process: ProcessId, signal: Signal, refused = false): Promise<void> {
    await this.#act(constants.message.signal, caller, encodeSignal(process, signal, refused)).catch(
      goneAs(['ESRCH']),
    );
  }

  async watchEvents(): Promise<void> {
    await this.#channel.request(constants.message.watchEvents);
  }

  async unwatchEvents(): Promise<void> {
    await this.#channel.request(constants.message.unwatchEvents);
  }

  /**
   * One reply for each target, in order, within the walkers' deadline. `takesOver`: listeners get SO_REUSEADDR first; where
   * that fails they are left alone. Not with engine sock_diag. `refused`: targets that the agent itself refuses, for the audit
   * log; they have replies too, behind the others. `asSeen`: those that are not as their records say are left, as `stale`.
   */
  destroy(
    caller: Caller,
    engine: EngineChoice,
    targets: readonly DestroyRecord[],
    { refused = [], ...options }: DestroyExtras = {},
  ): Promise<DestroyReply[]> {
    const payload = encodeTargets(constants.engine[engine], [...targets, ...refused], {
      ...options,
      refused: refused.length,
    });
    return this.#act(constants.message.destroy, caller, payload, decodeReplies);
  }

  /**
   * One reply for each target, in order: status `done`, with what came of it, or why it was left alone. `tuning`: null gives back what each had. `refused`:
   * as of a destroy.
   */
  tune(
    caller: Caller,
    targets: readonly DestroyRecord[],
    tuning: Tuning | null,
    refused: readonly DestroyRecord[] = [],
  ): Promise<DestroyReply[]> {
    const payload = encodeTune([...targets, ...refused], tuning, refused.length);
    return this.#act(constants.message.tune, caller, payload, decodeReplies);
  }

  /** Attaches the connect hooks: `attempt` is emitted for whatever matches the filter, until unwatchAttempts. */
  async watchAttempts(filter: AttemptFilter): Promise<void> {
    await this.#channel.request(constants.message.watchAttempts, encodeAttemptFilter(filter));
  }

  async unwatchAttempts(): Promise<void> {
    await this.#channel.request(constants.message.unwatchAttempts);
  }

  /** Reports exits and forks of these processes, too, until unwatchAttempts. */
  async watchProcesses(pids: readonly number[]): Promise<void> {
    await this.#channel.request(constants.message.watchProcesses, encodePids(pids));
  }

  /** Resolves once all events recorded by now were emitted: the broker sends them before any answer. */
  async flushAttempts(): Promise<void> {
    await this.follow([]);
  }

  /** Reports changes of these sockets, too, until unwatchAttempts. */
  async follow(cookies: readonly string[]): Promise<void> {
    await this.#channel.request(constants.message.follow, encodeCookies(cookies));
  }

  /** Records connections until dropHistory: `history` is emitted. */
  async keepHistory(): Promise<void> {
    await this.#channel.request(constants.message.keepHistory);
  }

  /** Resolves once all events recorded by now were emitted, as flushAttempts; attaches nothing. */
  async flushHistory(): Promise<void> {
    await this.features();
  }

  async dropHistory(): Promise<void> {
    await this.#channel.request(constants.message.dropHistory);
  }

  /** Replaces the rule at this index. The rule expires by itself, at the latest with the broker. */
  async setOutage(caller: Caller, index: number, rule: OutageRule): Promise<void> {
    await this.#act(constants.message.setOutage, caller, encodeOutage(index, rule));
  }

  async clearOutage(caller: Caller, index: number): Promise<void> {
    await this.#act(constants.message.clearOutage, caller, encodePids([index]), asIs, 'urgent');
  }

  /** Adds a process to the rule at this index, where it is for named ones. */
  async extendOutage(caller: Caller, index: number, pid: number): Promise<void> {
    await this.#act(constants.message.extendOutage, caller, encodePids([index, pid]), asIs, 'urgent');
  }

  /** Counts of all rules, by index. */
  outageCounts(): Promise<OutageCount[]> {
    return this.#channel.request(constants.message.outageCounts, undefined, decodeOutageCounts);
  }

  /** Replaces the rule at this index; the first one begins the capture. It expires by itself, at the latest with the broker. */
  async setCapture(caller: Caller, index: number, snap: number, rule: CaptureRule): Promise<void> {
    await this.#act(constants.message.setCapture, caller, encodeCapture(index, snap, rule));
  }

  async endCapture(caller: Caller): Promise<void> {
    await this.#act(constants.message.endCapture, caller, Buffer.alloc(0), asIs, 'urgent');
  }

  /** The oldest packets; once there were none, `packets` is emitted for the next ones. */
  takePackets(): Promise<Taken> {
    return this.#channel.request(constants.message.takePackets, undefined, decodeTaken);
  }

  /** The newest lines of the audit log, since so many milliseconds since 1970, that concern the served user. */
  auditLines(since: number): Promise<AuditLines> {
    return this.#channel.request(constants.message.auditLines, encodeSince(since), decodeAuditLines);
  }

  /** The broker unlinks this path at its end: the agent cannot once it has dropped root, whose folder it is. */
  async ownSocketFile(path: string): Promise<void> {
    await this.#channel.request(constants.message.ownSocketFile, Buffer.from(path));
  }

  /** The broker ends when its control socket closes. */
  close(): void {
    this.#channel.close();
  }

  /**
   * Sends a request unless one is unanswered already, and waits up to maxPingMs. Resolves with the age of the unanswered
   * request; 0: the broker answers.
   */
  async silentMs(): Promise<number> {
    const answer = this.#channel.unansweredMs > 0 ? this.#channel.answered() : this.features('urgent');
    await Promise.race([answer, sleep(maxPingMs)]).catch(() => {});
    const { unansweredMs } = this.#channel;
    return unansweredMs < maxPingMs ? 0 : unansweredMs;
  }

  /** A request that acts: with the client in front, for the audit log. */
  #act(type: number, caller: Caller, payload: Buffer): Promise<Buffer>;
  #act<T>(
    type: number,
    caller: Caller,
    payload: Buffer,
    decode: (reply: Buffer) => T,
    urgency?: Urgency,
  ): Promise<T>;
  #act(
    type: number,
    caller: Caller,
    payload: Buffer,
    decode: (reply: Buffer) => unknown = asIs,
    urgency: Urgency = 'ordinary',
  ) {
    return this.#channel.request(type, Buffer.concat([encodeClaim(caller), payload]), decode, { urgency });
  }

  #dispatch(type: number, payload: Buffer): void {
    if (type === constants.message.attempts)
      for (const event of decodeAttempts(payload)) this.emit('attempt', event);
    if (type === constants.message.attemptsLost) this.emit('attempt', decodeLoss(payload));
    if (type === constants.message.history) this.emit('history', decodeHistory(payload));
    if (type === constants.message.changed) this.emit('changed');
    if (type === constants.message.packets) this.emit('packets');
  }
}

function asIs(reply: Buffer): Buffer {
  return reply;
}
