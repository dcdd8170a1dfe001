/**
 * Requests over the socketpair to the broker, in fair turns, each with a timeout, and the events that come in between. One at a time,
 * but for those of which the broker says that they wait for a walker.
 */

import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { ResponseError } from 'vscode-jsonrpc';
import { FairQueue, type Pass, type Urgency } from '../common/fair-queue';
import { errnoName } from '../common/wording';
import { ErrorCode, protocolError } from '../protocol';
import { monotonic } from './clock';
import { constants, layout } from './native';

/** A request that the broker has not answered yet. */
interface Exchange {
  readonly id: number;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  /** Which part of the shared memory it has. */
  readonly place: number;
  /** The next request may be sent. */
  readonly pass: Pass;
  /** Its client was told that there was no answer. */
  isLate: boolean;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

interface RequestOptions {
  readonly urgency?: Urgency | undefined;
  /** Called where the request waits for a walker. */
  readonly pass?: Pass | undefined;
}

interface Answer {
  readonly payload: Buffer;
  readonly place: number;
}

const nothing = Buffer.alloc(0);

/** `place`: of the rows of a list. */
type Decode<T> = (reply: Buffer, place: number) => T | Promise<T>;

/** Timeout of a request; the broker's walkers have 2 s. */
const maxAnswerMs = 10_000;
/** Timeout of the first request: the broker loads its BPF objects before it reads requests. */
const maxStartMs = 60_000;

/** An agent, or one command of root's, which has no agent to stop. */
export type BrokerOwner = 'agent' | 'command';

interface Remedy {
  readonly hangs: (broker: number) => string;
  readonly lost: string;
}

const remedies: Readonly<Record<BrokerOwner, Remedy>> = {
  agent: {
    hangs: (broker) =>
      `end the agent with sockscope agent stop, then the broker (sudo kill -9 ${broker}), and start the agent again`,
    lost: 'The broker has ended, and the agent with it: start the agent again',
  },
  command: {
    hangs: (broker) => `end this command, and the broker with kill -9 ${broker}, then try again`,
    lost: 'The broker has ended, and this command with it: try again',
  },
};

/** Emits `event` with its type and payload, and `lost` once when the broker is gone. */
export class BrokerChannel extends EventEmitter<{ event: [number, Buffer]; lost: [] }> {
  readonly #control: Socket;
  readonly #pid: number;
  readonly #owner: BrokerOwner;
  #received = nothing;
  /** Stays after its timeout: until the answer comes, the broker hangs and gets no further requests. */
  #exchanging: Exchange | null = null;
  /** Those that wait for a walker, by id. */
  readonly #waiting = new Map<number, Exchange>();
  /** Of the requests that the broker may still answer, and of the answers that are still decoded. */
  readonly #places = new Set<number>();
  #answered = false;
  readonly #queue = new FairQueue(constants.places.count);
  /** That of the present request, or of the last one. */
  #turn = Promise.resolve();
  #nextId = 1;
  #lost = false;

  /** `control`: the descriptor of this end, which the channel closes. */
  constructor(control: number, pid: number, owner: BrokerOwner = 'agent') {
    super();
    this.#pid = pid;
    this.#owner = owner;
    this.#control = new Socket({ fd: control, readable: true, writable: true });
    this.#control.on('data', (bytes) => this.#receive(bytes));
    this.#control.on('error', () => this.#control.destroy());
    this.#control.on('close', () => this.#lose());
  }

  /** Requests run one after the other, in turn by principal; the next one starts after `decode`, or while this one waits for a walker. */
  request(type: number, payload?: Buffer): Promise<Buffer>;
  request<T>(
    type: number,
    payload: Buffer | undefined,
    decode: Decode<T>,
    options?: RequestOptions,
  ): Promise<T>;
  request(
    type: number,
    payload = Buffer.alloc(0),
    decode: Decode<unknown> = (reply) => reply,
    { urgency = 'ordinary', pass: passed }: RequestOptions = {},
  ) {
    return this.#queue.run((pass) => {
      let end = pass;
      this.#turn = new Promise<void>((resolve) => {
        end = () => {
          resolve();
          pass();
        };
      });
      const wait = () => {
        end();
        passed?.();
      };
      const answer = this.#exchange(type, payload, wait);
      return answer.then((answer) => this.#decode(answer, decode)).finally(end);
    }, urgency);
  }

  async #decode<T>({ payload, place }: Answer, decode: Decode<T>): Promise<T> {
    try {
      return await decode(payload, place);
    } finally {
      this.#places.delete(place);
    }
  }

  /** The lowest that is free. Urgent requests may have one beyond the last: no list is urgent. */
  #takePlace(): number {
    let place = 0;
    while (this.#places.has(place)) place++;
    this.#places.add(place);
    return place;
  }

  #exchange(type: number, payload: Buffer, pass: Pass): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#brokerLost());
      if (this.#exchanging) return reject(this.#hangs(this.#exchanging));
      const id = this.#nextId++;
      const place = this.#takePlace();
      const timeoutMs = this.#answered ? maxAnswerMs : maxStartMs;
      const giveUp = () => {
        exchange.isLate = true;
        reject(this.#hangs(exchange));
      };
      const timer = setTimeout(giveUp, timeoutMs);
      const exchange: Exchange = {
        id,
        sentAt: performance.now(),
        place,
        pass,
        isLate: false,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#exchanging = exchange;
      this.#control.write(Buffer.concat([encodeHeader(type, id, payload.length, place), payload]));
    });
  }

  /** Resolves when the present request is answered or given up, or waits for a walker. */
  answered(): Promise<void> {
    return this.#turn;
  }

  /** The broker ends when its control socket closes. */
  close(): void {
    this.#control.destroy();
  }

  /** The age of the request that is not answered yet; 0: there is none. */
  get unansweredMs(): number {
    return this.#exchanging ? ageOf(this.#exchanging) : 0;
  }

  #hangs(exchange: Exchange) {
    const seconds = Math.round(ageOf(exchange) / 1000);
    return protocolError(
      ErrorCode.brokerHangs,
      `The broker (pid ${this.#pid}) has not answered for ${seconds} s: what it was asked may still happen. If it stays so, ${remedies[this.#owner].hangs(this.#pid)}`,
    );
  }

  #brokerLost() {
    return protocolError(ErrorCode.brokerLost, remedies[this.#owner].lost);
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
    if (id === 0) return void this.#receiveEvent(header.readUInt32LE(offsets.type), payload);
    const exchange = this.#take(id);
    if (!exchange) return;
    this.#answered = true;
    if (exchange.isLate)
      console.error(`The broker (pid ${this.#pid}) answers again: a client was told that it did not`);
    const errno = header.readInt32LE(offsets.error);
    if (errno !== 0 || exchange.isLate) this.#places.delete(exchange.place);
    if (errno === 0) exchange.resolve({ payload: Buffer.from(payload), place: exchange.place });
    else exchange.reject(new KernelRefusal(errnoName(errno), payload.toString('utf8')));
  }

  #receiveEvent(type: number, payload: Buffer): void {
    if (type === constants.message.waits) this.#letWait(payload.readUInt32LE());
    else this.emit('event', type, payload);
  }

  #letWait(id: number): void {
    const exchange = this.#take(id);
    if (!exchange) return;
    this.#waiting.set(id, exchange);
    exchange.pass();
  }

  #take(id: number): Exchange | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting || this.#exchanging?.id !== id) return waiting;
    const exchange = this.#exchanging;
    this.#exchanging = null;
    return exchange;
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const exchange of [this.#exchanging, ...this.#waiting.values()])
      exchange?.reject(this.#brokerLost());
    this.#exchanging = null;
    this.#waiting.clear();
    this.emit('lost');
  }
}

function ageOf({ sentAt }: Exchange): number {
  return Math.round(performance.now() - sentAt);
}

function encodeHeader(type: number, id: number, length: number, place: number): Buffer {
  const { size, offsets } = layout.message_header;
  const header = Buffer.alloc(size);
  header.writeUInt32LE(type, offsets.type);
  header.writeUInt32LE(id, offsets.id);
  header.writeUInt32LE(length, offsets.length);
  header.writeBigUInt64LE(BigInt(Math.round(monotonic() * 1e6)), offsets.sent_ns);
  header.writeUInt32LE(place, offsets.place);
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
