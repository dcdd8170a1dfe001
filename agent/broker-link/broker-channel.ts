/** One request at a time over the socketpair to the broker, in fair turns, each with a timeout, and the events that come in between. */

import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { ResponseError } from 'vscode-jsonrpc';
import { FairQueue, type Urgency } from '../common/fair-queue';
import { errnoName } from '../common/wording';
import { ErrorCode, protocolError } from '../protocol';
import { monotonic } from './clock';
import { layout } from './native';

/** A request that the broker has not answered yet. */
interface Exchange {
  readonly id: number;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  /** Its client was told that there was no answer. */
  isLate: boolean;
  resolve(payload: Buffer): void;
  reject(error: Error): void;
}

const nothing = Buffer.alloc(0);

type Decode<T> = (reply: Buffer) => T | Promise<T>;

/** Timeout of a request; the broker's walkers have 2 s. */
const maxAnswerMs = 10_000;
/** Timeout of the first request: the broker loads its BPF objects before it reads requests. */
const maxStartMs = 60_000;

/** Emits `event` with its type and payload, and `lost` once when the broker is gone. */
export class BrokerChannel extends EventEmitter<{ event: [number, Buffer]; lost: [] }> {
  readonly #control: Socket;
  readonly #pid: number;
  #received = nothing;
  /** Stays after its timeout: until the answer comes, the broker hangs and gets no further requests. */
  #exchanging: Exchange | null = null;
  #answered = false;
  readonly #queue = new FairQueue();
  /** The present request, or the last one. */
  #turn: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #lost = false;

  /** `control`: the descriptor of this end, which the channel closes. */
  constructor(control: number, pid: number) {
    super();
    this.#pid = pid;
    this.#control = new Socket({ fd: control, readable: true, writable: true });
    this.#control.on('data', (bytes) => this.#receive(bytes));
    this.#control.on('error', () => this.#control.destroy());
    this.#control.on('close', () => this.#lose());
  }

  /** Requests run one after the other, in turn by principal; the next one starts after `decode`. */
  request(type: number, payload?: Buffer): Promise<Buffer>;
  request<T>(type: number, payload: Buffer | undefined, decode: Decode<T>, urgency?: Urgency): Promise<T>;
  request(
    type: number,
    payload = Buffer.alloc(0),
    decode: Decode<unknown> = (reply) => reply,
    urgency: Urgency = 'ordinary',
  ) {
    return this.#queue.run(() => {
      const turn = this.#exchange(type, payload).then(decode);
      // Without the answer, which may be large.
      this.#turn = turn.then(
        () => {},
        () => {},
      );
      return turn;
    }, urgency);
  }

  #exchange(type: number, payload: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(brokerLost());
      if (this.#exchanging) return reject(this.#hangs());
      const id = this.#nextId++;
      const timeoutMs = this.#answered ? maxAnswerMs : maxStartMs;
      const giveUp = () => {
        exchange.isLate = true;
        reject(this.#hangs());
      };
      const timer = setTimeout(giveUp, timeoutMs);
      const exchange: Exchange = {
        id,
        sentAt: performance.now(),
        isLate: false,
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#exchanging = exchange;
      this.#control.write(Buffer.concat([encodeHeader(type, id, payload.length), payload]));
    });
  }

  /** Resolves when the present request is answered, or given up. */
  answered(): Promise<unknown> {
    return this.#turn;
  }

  /** The broker ends when its control socket closes. */
  close(): void {
    this.#control.destroy();
  }

  /** The age of the request that is not answered yet; 0: there is none. */
  get unansweredMs(): number {
    return this.#exchanging ? Math.round(performance.now() - this.#exchanging.sentAt) : 0;
  }

  #hangs() {
    const seconds = Math.round(this.unansweredMs / 1000);
    return protocolError(
      ErrorCode.brokerHangs,
      `The broker (pid ${this.#pid}) has not answered for ${seconds} s: what it was asked may still happen. ` +
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
      // What is empty must not hold what it was cut from.
      this.#received = end === this.#received.length ? nothing : this.#received.subarray(end);
    }
  }

  #dispatch(header: Buffer, payload: Buffer): void {
    const { offsets } = layout.message_header;
    const id = header.readUInt32LE(offsets.id);
    if (id === 0) return void this.emit('event', header.readUInt32LE(offsets.type), payload);
    const exchange = this.#exchanging;
    if (exchange?.id !== id) return;
    this.#exchanging = null;
    this.#answered = true;
    if (exchange.isLate)
      console.error(`The broker (pid ${this.#pid}) answers again: a client was told that it did not`);
    const errno = header.readInt32LE(offsets.error);
    if (errno === 0) exchange.resolve(Buffer.from(payload));
    else exchange.reject(new KernelRefusal(errnoName(errno), payload.toString('utf8')));
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
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
  header.writeBigUInt64LE(BigInt(Math.round(monotonic() * 1e6)), offsets.sent_ns);
  return header;
}

/** A system call of the broker failed; clients get kernelRefused. */
export class KernelRefusal extends ResponseError<void> {
  constructor(
    readonly errno: string,
    readonly step: string,
  ) {
    super(ErrorCode.kernelRefused, `${step} failed with ${errno}`);
    // The constructor of ResponseError resets the prototype.
    Object.setPrototypeOf(this, KernelRefusal.prototype);
  }
}

function brokerLost() {
  return protocolError(
    ErrorCode.brokerLost,
    'The broker has ended, and the agent with it: start the agent again',
  );
}
