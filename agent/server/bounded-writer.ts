/**
 * The sending end of the LSP base protocol, with limits for clients that do not read. The stock writer queues without limit; this
 * one counts waiting bytes, pauses the requests of a client with too many, and drops a client that hardly reads.
 */

import type { Socket } from 'node:net';
import { AbstractMessageWriter, type Message, type MessageWriter } from 'vscode-jsonrpc/node';

interface WriterLimits {
  /** Bytes: while more wait for a client, its requests are paused. */
  readonly maxWaiting: number;
  /** Bytes for all clients together: beyond it, the client with the most is dropped. */
  readonly maxWaitingOfAll: number;
  /** In this time, a client above maxWaiting must read at least a chunk. */
  readonly maxStallMs: number;
}

const defaultLimits: WriterLimits = {
  maxWaiting: 1024 * 1024,
  // All requests of a client that wait for one scan are answered at once, with up to 2 MiB each.
  maxWaitingOfAll: 128 * 1024 * 1024,
  maxStallMs: 10_000,
};

/** Bytes per write, so that progress within a long message is known. */
const chunkSize = 64 * 1024;

interface WaitingMessage {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One for each connected client. */
const writers = new Set<BoundedWriter>();

export class BoundedWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;
  readonly #limits: WriterLimits;
  readonly #messages: WaitingMessage[] = [];
  /** Bytes of the first message that were written. */
  #written = 0;
  /** Waiting bytes. */
  #waiting = 0;
  #writing = false;
  #stalled: NodeJS.Timeout | undefined;

  constructor(socket: Socket, limits = defaultLimits) {
    super();
    this.#socket = socket;
    this.#limits = limits;
    writers.add(this);
    socket.on('error', (error) => this.fireError(error));
    socket.once('close', () => this.#close());
  }

  /** Resolves when the kernel has accepted the whole message. */
  write(message: Message): Promise<void> {
    const body = Buffer.from(JSON.stringify(message));
    const bytes = Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(hungUp());
      this.#messages.push({ bytes, resolve, reject });
      this.#waiting += bytes.length;
      this.#enforceLimits();
      this.#writeChunk();
    });
  }

  end(): void {}

  #writeChunk(): void {
    const [first] = this.#messages;
    if (!first || this.#writing) return;
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
    if (this.#waiting <= this.#limits.maxWaiting) this.#socket.resume();
    if (this.#written === message.bytes.length) {
      this.#messages.shift();
      this.#written = 0;
      message.resolve();
    }
    this.#writeChunk();
  }

  /** Call after #waiting has grown. */
  #enforceLimits(): void {
    if (this.#waiting <= this.#limits.maxWaiting) return;
    this.#socket.pause();
    if (!this.#stalled) this.#restartStall();
    dropGreediest(this.#limits.maxWaitingOfAll);
  }

  #restartStall(): void {
    clearTimeout(this.#stalled);
    const { maxWaiting, maxStallMs } = this.#limits;
    this.#stalled =
      this.#waiting > maxWaiting
        ? setTimeout(
            () => this.drop(`it has read less than ${chunkSize / 1024} KiB in ${maxStallMs / 1000} s`),
            maxStallMs,
          )
        : undefined;
  }

  get waiting(): number {
    return this.#waiting;
  }

  drop(reason: string): void {
    console.error(`Dropped a client for whom ${this.#waiting} bytes wait: ${reason}`);
    this.#socket.destroy();
    this.#close();
  }

  #close(): void {
    if (!writers.delete(this)) return;
    clearTimeout(this.#stalled);
    for (const { reject } of this.#messages.splice(0)) reject(hungUp());
    this.#waiting = 0;
    this.fireClose();
  }
}

function dropGreediest(maxWaiting: number): void {
  const sorted = [...writers].sort((one, other) => other.waiting - one.waiting);
  const waiting = sorted.reduce((sum, writer) => sum + writer.waiting, 0);
  if (waiting > maxWaiting) sorted[0]?.drop('too much waits for all of them');
}

function hungUp(): Error {
  return new Error('The client has hung up');
}
