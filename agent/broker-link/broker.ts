/** The agent's end of its broker: one request at a time over the socketpair (native/src/shared/broker_protocol.h). */

import { EventEmitter } from 'node:events';
import { closeSync, read } from 'node:fs';
import { Socket } from 'node:net';
import { constants as os } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ResponseError } from 'vscode-jsonrpc';
import { errnoName } from '../common/wording';
import {
  type BindTrial,
  type EngineChoice,
  ErrorCode,
  type ProcessId,
  protocolError,
  type Signal,
  type SocketDetail,
} from '../protocol';
import { type AttemptEvent, type AttemptFilter, decodeAttempt, encodeAttemptFilter } from './attempt-records';
import { decodeBinds, encodeBindRequest, type PortPlace } from './bind-records';
import {
  type DestroyRecord,
  type DestroyReply,
  decodeReplies,
  encodeTarget,
  encodeTargets,
} from './destroy-records';
import { decodeDetail } from './detail-records';
import { decodeEnds, type EndRecord } from './end-records';
import { type BrokerHandle, constants, layout } from './native';
import {
  decodeOutageCounts,
  encodeCookies,
  encodeOutage,
  encodePids,
  type OutageCount,
  type OutageRule,
} from './outage-records';
import type { JoinedSocket } from './records';
import { SocketDecoder } from './socket-decoder';

/** What the broker could load and attach; `log` says why something is missing, with the verifier's output. */
export interface BrokerFeatures {
  readonly list: boolean;
  readonly destroy: boolean;
  readonly sockDiagDestroy: boolean;
  /** Connect hooks, and all else that drills and outages need. */
  readonly hooks: boolean;
  readonly btf: boolean;
  /** The kernel reports socket changes. */
  readonly events: boolean;
  readonly log: string;
}

export interface KernelListing {
  readonly sockets: readonly JoinedSocket[];
  /** Every network namespace of the machine; `errno`: its name where the namespace could not be entered. */
  readonly namespaces: readonly { readonly netns: number; readonly errno: string | null }[];
  /** While events are watched: those since the previous listing, by socket. */
  readonly ends: readonly EndRecord[];
}

/** A request that the broker has not answered yet. */
interface Exchange {
  readonly id: number;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  resolve(payload: Buffer): void;
  reject(error: Error): void;
}

/** Timeout of a request; the broker's walkers have 2 s. */
const maxAnswerMs = 10_000;
/** How long a status request waits for the broker. */
const maxPingMs = 250;
/** Timeout of the first request: the broker loads its BPF objects before it reads requests. */
const maxStartMs = 60_000;

const readMemory = promisify(read);

/**
 * Emits `attempt` with an AttemptEvent while attempts are watched, `changed` while events are watched, at most once between
 * two listings, and `lost` once when the broker is gone.
 */
export class Broker extends EventEmitter<{ attempt: [AttemptEvent]; changed: []; lost: [] }> {
  readonly pid: number;
  readonly #control: Socket;
  readonly #memory: number;
  readonly #decoder = new SocketDecoder();
  #received = Buffer.alloc(0);
  /** Stays after its timeout: until the answer comes, the broker hangs and gets no further requests. */
  #exchanging: Exchange | null = null;
  #answered = false;
  #last: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #lost = false;

  constructor(handle: BrokerHandle) {
    super();
    this.pid = handle.pid;
    this.#memory = handle.memory;
    this.#control = new Socket({ fd: handle.control, readable: true, writable: true });
    this.#control.on('data', (bytes) => this.#receive(bytes));
    this.#control.on('error', () => this.#control.destroy());
    this.#control.on('close', () => this.#lose());
  }

  async features(): Promise<BrokerFeatures> {
    const payload = await this.#request(constants.message.features);
    const { size, offsets } = layout.broker_features;
    return {
      list: payload.readUInt8(offsets.list) === 1,
      destroy: payload.readUInt8(offsets.destroy) === 1,
      sockDiagDestroy: payload.readUInt8(offsets.sock_diag_destroy) === 1,
      hooks: payload.readUInt8(offsets.hooks) === 1,
      btf: payload.readUInt8(offsets.btf) === 1,
      events: payload.readUInt8(offsets.events) === 1,
      log: payload.subarray(size).toString('utf8'),
    };
  }

  /** Every socket of every network namespace that could be entered. */
  list(): Promise<KernelListing> {
    // The next listing overwrites the memory file, so it is read before the next request.
    return this.#request(constants.message.list, undefined, async (payload) => {
      const { size, offsets } = layout.list_reply;
      // Not from Node's pool, which may return any alignment: the decoder reads words.
      const bytes = Buffer.from(
        new ArrayBuffer(Number(payload.readBigUInt64LE(offsets.sockets)) * layout.socket_record.size),
      );
      await readAll(this.#memory, bytes);
      const namespaces = payload.readUInt32LE(offsets.namespaces);
      const ends = payload.subarray(size + namespaces * layout.namespace_record.size);
      return {
        sockets: this.#decoder.decode(bytes),
        namespaces: decodeNamespaces(payload.subarray(size), namespaces),
        ends: decodeEnds(ends, payload.readUInt32LE(offsets.ends)),
      };
    });
  }

  /** As destroy, without the destroy: status `kernel` or `held` for each socket found. */
  inspect(targets: readonly DestroyRecord[]): Promise<DestroyReply[]> {
    const payload = encodeTargets(constants.engine.auto, targets);
    return this.#request(constants.message.inspect, payload, decodeReplies);
  }

  /** Rejects with notFound where the socket is gone. */
  socketDetail(target: DestroyRecord): Promise<SocketDetail> {
    return this.#request(constants.message.socketDetail, encodeTarget(target), decodeDetail).catch(
      goneAs(['ENOENT']),
    );
  }

  /** The working directory of any user's process. Rejects with notFound. */
  workingDirectory(pid: number): Promise<string> {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(pid);
    const path = (reply: Buffer) => reply.toString('utf8');
    return this.#request(constants.message.workingDirectory, payload, path).catch(goneAs(['ESRCH']));
  }

  /** Makes real binds in that namespace, and undoes them at once. Rejects with notFound where it cannot be entered. */
  tryBinds(place: PortPlace): Promise<BindTrial[]> {
    return this.#request(constants.message.bindTrials, encodeBindRequest(place), (reply) =>
      decodeBinds(reply, place.netns),
    ).catch(
      goneAs(
        ['ENOENT', 'ESRCH', 'EPERM'],
        `Network namespace ${place.netns} does not exist or cannot be entered: name another one`,
      ),
    );
  }

  /** Signals any user's process. Rejects with notFound where it has ended. */
  async signal(process: ProcessId, signal: Signal): Promise<void> {
    await this.#request(constants.message.signal, encodeSignal(process, signal)).catch(goneAs(['ESRCH']));
  }

  async watchEvents(): Promise<void> {
    await this.#request(constants.message.watchEvents);
  }

  async unwatchEvents(): Promise<void> {
    await this.#request(constants.message.unwatchEvents);
  }

  /**
   * One reply for each target, in order, within the walkers' deadline. `takesOver`: listeners get SO_REUSEADDR first; where
   * that fails they are left alone. Not with engine sock_diag.
   */
  destroy(
    engine: EngineChoice,
    targets: readonly DestroyRecord[],
    takesOver = false,
  ): Promise<DestroyReply[]> {
    const payload = encodeTargets(constants.engine[engine], targets, takesOver);
    return this.#request(constants.message.destroy, payload, decodeReplies);
  }

  /** Attaches the connect hooks: `attempt` is emitted for whatever matches the filter, until unwatchAttempts. */
  async watchAttempts(filter: AttemptFilter): Promise<void> {
    await this.#request(constants.message.watchAttempts, encodeAttemptFilter(filter));
  }

  async unwatchAttempts(): Promise<void> {
    await this.#request(constants.message.unwatchAttempts);
  }

  /** Reports exits and forks of these processes, too, until unwatchAttempts. */
  async watchProcesses(pids: readonly number[]): Promise<void> {
    await this.#request(constants.message.watchProcesses, encodePids(pids));
  }

  /** Resolves once all events recorded by now were emitted: the broker sends them before any answer. */
  async flushAttempts(): Promise<void> {
    await this.follow([]);
  }

  /** Reports changes of these sockets, too, until unwatchAttempts. */
  async follow(cookies: readonly string[]): Promise<void> {
    await this.#request(constants.message.follow, encodeCookies(cookies));
  }

  /** Replaces the rule at this index. The rule expires by itself, at the latest with the broker. */
  async setOutage(index: number, rule: OutageRule): Promise<void> {
    await this.#request(constants.message.setOutage, encodeOutage(index, rule));
  }

  async clearOutage(index: number): Promise<void> {
    await this.#request(constants.message.clearOutage, encodePids([index]));
  }

  /** Adds a process to the rule at this index, where it is for named ones. */
  async extendOutage(index: number, pid: number): Promise<void> {
    await this.#request(constants.message.extendOutage, encodePids([index, pid]));
  }

  /** Exempts these processes from every outage, in place of those before. */
  async spare(pids: readonly number[]): Promise<void> {
    await this.#request(constants.message.spare, encodePids(pids));
  }

  /** Counts of all rules, by index. */
  outageCounts(): Promise<OutageCount[]> {
    return this.#request(constants.message.outageCounts, undefined, decodeOutageCounts);
  }

  /** The broker unlinks this path at its end: the agent cannot once it has dropped root, whose folder it is. */
  async ownSocketFile(path: string): Promise<void> {
    await this.#request(constants.message.ownSocketFile, Buffer.from(path));
  }

  /** The broker ends when its control socket closes. */
  close(): void {
    this.#control.destroy();
  }

  /** Requests run one after the other; the next one starts after `decode`. */
  #request(type: number, payload?: Buffer): Promise<Buffer>;
  #request<T>(
    type: number,
    payload: Buffer | undefined,
    decode: (reply: Buffer) => T | Promise<T>,
  ): Promise<T>;
  #request(type: number, payload = Buffer.alloc(0), decode: (reply: Buffer) => unknown = (reply) => reply) {
    const turn = this.#last.then(async () => decode(await this.#exchange(type, payload)));
    this.#last = turn.catch(() => {});
    return turn;
  }

  #exchange(type: number, payload: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(brokerLost());
      if (this.#exchanging) return reject(this.#hangs());
      const id = this.#nextId++;
      const timeoutMs = this.#answered ? maxAnswerMs : maxStartMs;
      const timer = setTimeout(() => reject(this.#hangs()), timeoutMs);
      this.#exchanging = {
        id,
        sentAt: performance.now(),
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#control.write(Buffer.concat([encodeHeader(type, id, payload.length), payload]));
    });
  }

  /**
   * Sends a request unless one is unanswered already, and waits up to maxPingMs. Resolves with the age of the unanswered
   * request; 0: the broker answers.
   */
  async silentMs(): Promise<number> {
    const answer = this.#exchanging ? this.#last : this.features();
    await Promise.race([answer, sleep(maxPingMs)]).catch(() => {});
    return this.#unansweredMs < maxPingMs ? 0 : this.#unansweredMs;
  }

  get #unansweredMs(): number {
    return this.#exchanging ? Math.round(performance.now() - this.#exchanging.sentAt) : 0;
  }

  #hangs() {
    const seconds = Math.round(this.#unansweredMs / 1000);
    return protocolError(
      ErrorCode.brokerHangs,
      `The broker (pid ${this.pid}) has not answered for ${seconds} s: what it was asked may still happen. ` +
        'If it stays so, end the agent with sockscope agent stop and the broker with sudo kill -9, then start the agent again',
    );
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    const { size, offsets } = layout.message_header;
    for (;;) {
      if (this.#received.length < size) return;
      const end = size + this.#received.readUInt32LE(offsets.length);
      if (this.#received.length < end) return;
      this.#dispatch(this.#received.subarray(0, size), this.#received.subarray(size, end));
      this.#received = this.#received.subarray(end);
    }
  }

  #dispatch(header: Buffer, payload: Buffer): void {
    const { offsets } = layout.message_header;
    const type = header.readUInt32LE(offsets.type);
    if (type === constants.message.attempt) return void this.emit('attempt', decodeAttempt(payload));
    if (type === constants.message.changed) return void this.emit('changed');
    const exchange = this.#exchanging;
    if (exchange?.id !== header.readUInt32LE(offsets.id)) return;
    this.#exchanging = null;
    this.#answered = true;
    const errno = header.readInt32LE(offsets.error);
    if (errno === 0) exchange.resolve(Buffer.from(payload));
    else exchange.reject(new KernelRefusal(errnoName(errno), payload.toString('utf8')));
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    closeSync(this.#memory);
    this.#exchanging?.reject(brokerLost());
    this.#exchanging = null;
    this.emit('lost');
  }
}

function encodeHeader(type: number, id: number, length: number): Buffer {
  const { size, offsets } = layout.message_header;
  const header = Buffer.alloc(size);
  header.writeUInt32LE(type, offsets.type);
  header.writeUInt32LE(id, offsets.id);
  header.writeUInt32LE(length, offsets.length);
  return header;
}

function encodeSignal({ pid, startTime }: ProcessId, signal: Signal): Buffer {
  const { size, offsets } = layout.signal_request;
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(BigInt(startTime), offsets.start_time);
  bytes.writeUInt32LE(pid, offsets.pid);
  bytes.writeUInt32LE(os.signals[`SIG${signal}`], offsets.signal);
  return bytes;
}

function decodeNamespaces(bytes: Buffer, count: number): KernelListing['namespaces'] {
  const { size, offsets } = layout.namespace_record;
  return Array.from({ length: count }, (_, index) => {
    const errno = bytes.readInt32LE(index * size + offsets.error);
    return {
      netns: bytes.readUInt32LE(index * size + offsets.netns),
      errno: errno === 0 ? null : errnoName(errno),
    };
  });
}

async function readAll(fd: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await readMemory(fd, bytes, at, bytes.length - at, at);
    if (bytesRead === 0)
      throw protocolError(
        ErrorCode.kernelRefused,
        'The broker sent fewer sockets than it announced: list again',
      );
    at += bytesRead;
  }
}

/** A system call of the broker failed; clients get kernelRefused. */
class KernelRefusal extends ResponseError<void> {
  constructor(
    readonly errno: string,
    step: string,
  ) {
    super(ErrorCode.kernelRefused, `${step} failed with ${errno}`);
    // The constructor of ResponseError resets the prototype.
    Object.setPrototypeOf(this, KernelRefusal.prototype);
  }
}

/** Turns an errno that means "no such thing" into notFound. */
function goneAs(
  errnos: readonly string[],
  message = 'It no longer exists: list again',
): (error: unknown) => never {
  return (error) => {
    if (error instanceof KernelRefusal && errnos.includes(error.errno))
      throw protocolError(ErrorCode.notFound, message);
    throw error;
  };
}

function brokerLost() {
  return protocolError(
    ErrorCode.brokerLost,
    'The broker has ended, and the agent with it: start the agent again',
  );
}
