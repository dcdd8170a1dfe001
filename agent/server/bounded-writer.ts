/**
 * The sending end of the LSP base protocol, for clients that read slowly or not at all. The stock writer makes the text of every
 * message at once; here, while much text waits for a client, its requests are paused and further answers to it have none yet. A
 * client that reads is never dropped for what it asks; one is that hardly reads, or much more slowly than what it watches changes.
 */

import type { Socket } from 'node:net';
import { AbstractMessageWriter, Message, type MessageWriter } from 'vscode-jsonrpc/node';
import type { InputGate } from './input-gate';
import { jsonParts } from './raw-json';

interface WriterLimits {
  /** Bytes: while more wait for a client, its requests are paused, and its answers have no text yet. */
  readonly maxWaiting: number;
  /** Bytes: a client for whom so much waits is dropped. Only notifications come while its requests are paused. */
  readonly maxBehind: number;
  /** In this time, a client above maxWaiting must read at least a chunk. */
  readonly maxStallMs: number;
}

const defaultLimits: WriterLimits = {
  maxWaiting: 1024 * 1024,
  maxBehind: 64 * 1024 * 1024,
  maxStallMs: 10_000,
};

/** Bytes per write, so that progress within a long message is known. */
const chunkSize = 64 * 1024;

interface WaitingMessage {
  readonly message: Message;
  /** Null: not made yet. */
  bytes: Buffer | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class BoundedWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;
  readonly #gate: InputGate;
  readonly #limits: WriterLimits;
  readonly #messages: WaitingMessage[] = [];
  /** Bytes of the first message that were written. */
  #written = 0;
  /** Bytes of text that wait. */
  #waiting = 0;
  /** So many of the first messages have their text. */
  #encoded = 0;
  #closed = false;
  #writing = false;
  #stalled: NodeJS.Timeout | undefined;

  /** `gate`: of the same socket. */
  constructor(socket: Socket, gate: InputGate, limits = defaultLimits) {
    super();
    this.#socket = socket;
    this.#gate = gate;
    this.#limits = limits;
    socket.on('error', (error) => this.fireError(error));
    socket.once('close', () => this.#close());
  }

  /** Resolves when the kernel has accepted the whole message. */
  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(hungUp());
      const waiting = { message, bytes: null, resolve, reject };
      this.#messages.push(waiting);
      // What it holds changes no more, and nothing limits their number.
      if (Message.isNotification(message)) this.#addText(waiting);
      this.#encode();
      this.#writeChunk();
      if (this.#waiting > this.#limits.maxBehind)
        this.#drop('it reads more slowly than what it watches changes');
    });
  }

  end(): void {}

  /** Makes the text of further messages, as long as little waits; of the first in any case. */
  #encode(): void {
    for (; this.#waiting <= this.#limits.maxWaiting || this.#encoded === 0; this.#encoded++) {
      const next = this.#messages[this.#encoded];
      if (!next) break;
      if (!next.bytes) this.#addText(next);
    }
    if (this.#waiting <= this.#limits.maxWaiting) return;
    this.#gate.hold(this);
    if (!this.#stalled) this.#restartStall();
  }

  #addText(waiting: WaitingMessage): void {
    waiting.bytes = encode(waiting.message);
    this.#waiting += waiting.bytes.length;
  }

  #writeChunk(): void {
    const [first] = this.#messages;
    if (!first?.bytes || this.#writing) return;
    this.#writing = true;
    const chunk = first.bytes.subarray(this.#written, this.#written + chunkSize);
    this.#socket.write(chunk, (error) => {
      this.#writing = false;
      // After an error the socket closes, which rejects all waiting messages.
      if (!error) this.#wrote(first, chunk.length);
    });
  }

  #wrote(message: WaitingMessage, bytes: number): void {
    this.#written += bytes;
    this.#waiting -= bytes;
    this.#restartStall();
    if (this.#written === message.bytes?.length) {
      this.#messages.shift();
      this.#encoded--;
      this.#written = 0;
      message.resolve();
    }
    this.#encode();
    if (this.#waiting <= this.#limits.maxWaiting) this.#gate.release(this);
    this.#writeChunk();
  }

  #restartStall(): void {
    clearTimeout(this.#stalled);
    const { maxWaiting, maxStallMs } = this.#limits;
    this.#stalled =
      this.#waiting > maxWaiting
        ? setTimeout(
            () => this.#drop(`it has read less than ${chunkSize / 1024} KiB in ${maxStallMs / 1000} s`),
            maxStallMs,
          )
        : undefined;
  }

  get waiting(): number {
    return this.#waiting;
  }

  #drop(reason: string): void {
    console.error(`Dropped a client for whom ${this.#waiting} bytes wait: ${reason}`);
    this.#socket.destroy();
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#stalled);
    for (const { reject } of this.#messages.splice(0)) reject(hungUp());
    this.#waiting = 0;
    this.#encoded = 0;
    this.fireClose();
  }
}

function encode(message: Message): Buffer {
  const body = jsonParts(message);
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from(`Content-Length: ${length}\r\n\r\n`), ...body]);
}

function hungUp(): Error {
  return new Error('The client has hung up');
}
