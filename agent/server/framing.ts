/**
 * The receiving end of the LSP base protocol, with limits. The stock reader buffers headers without limit, accepts any length and
 * stops reading after a bad one; this one closes the connection on a malformed or too long message. And it hands out one message at a
 * time: vscode-jsonrpc queues without limit what it is given, and handles one in each turn of the event loop.
 */

import type { Readable } from 'node:stream';
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-jsonrpc/node';
import { limits } from '../protocol';
import { InputGate } from './input-gate';

const maxHeaderBytes = 128;
const headerEnd = Buffer.from('\r\n\r\n');

/** Fires an error and then `close` on the first bad message, and reads nothing more. */
export class GuardedMessageReader extends AbstractMessageReader {
  readonly #stream: Readable;
  readonly #gate: InputGate;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes needed before the next parse: a large message is not parsed again at every chunk. */
  #needed = 0;
  #delivering = false;

  /** `gate`: of the same stream. */
  constructor(stream: Readable, gate = new InputGate(stream)) {
    super();
    this.#stream = stream;
    this.#gate = gate;
  }

  override listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => this.#receive(chunk, callback);
    const onClose = () => this.fireClose();
    this.#stream.on('data', onData);
    this.#stream.once('error', () => this.#stream.destroy());
    this.#stream.once('end', onClose);
    this.#stream.once('close', onClose);
    return { dispose: () => this.#stream.off('data', onData) };
  }

  #receive(chunk: Buffer, callback: DataCallback): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (!this.#delivering && this.#buffered >= this.#needed) this.#deliver(callback);
  }

  /** Reads no more while there are whole messages. */
  #deliver(callback: DataCallback): void {
    this.#delivering = !this.#stream.destroyed && this.#deliverNext(callback);
    if (!this.#delivering) {
      this.#gate.release(this);
      return;
    }
    this.#gate.hold(this);
    setImmediate(() => this.#deliver(callback));
  }

  /** Whether there may be another one. */
  #deliverNext(callback: DataCallback): boolean {
    try {
      const message = this.#take();
      if (message) callback(message);
      return message !== null && this.#buffered > 0;
    } catch (error) {
      this.#chunks = [];
      this.fireError(error instanceof Error ? error : new Error(String(error)));
      this.#stream.destroy();
      return false;
    }
  }

  /** The next whole message; null: more bytes are needed. Throws on a bad one. */
  #take(): Message | null {
    const [first] = this.#chunks;
    const bytes = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const end = bytes.subarray(0, maxHeaderBytes + headerEnd.length).indexOf(headerEnd);
    if (end < 0) {
      if (bytes.length > maxHeaderBytes) throw new Error(`header of more than ${maxHeaderBytes} bytes`);
      this.#needed = 0;
      return null;
    }
    const start = end + headerEnd.length;
    const length = contentLength(bytes.toString('latin1', 0, end));
    this.#needed = start + length;
    if (bytes.length < this.#needed) return null;
    const rest = bytes.subarray(this.#needed);
    this.#needed = 0;
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#buffered = rest.length;
    return parseMessage(bytes.toString('utf8', start, start + length));
  }
}

/** Bytes of the body. Throws on fields that no client sends. */
function contentLength(header: string): number {
  let length = 0;
  for (const line of header.split('\r\n')) {
    const [, name, value] = /^([A-Za-z-]+): *(.*)$/.exec(line) ?? [];
    if (name?.toLowerCase() === 'content-length' && /^[1-9]\d{0,9}$/.test(value ?? ''))
      length = Number(value);
    else if (name?.toLowerCase() === 'content-type' && /charset=utf-?8$/i.test(value ?? '')) continue;
    else throw new Error('header field that is not understood');
  }
  if (length === 0) throw new Error('no content length');
  if (length > limits.message) throw new Error(`message of more than ${limits.message} bytes`);
  return length;
}

function parseMessage(text: string): Message {
  const message: unknown = JSON.parse(text);
  if (typeof message !== 'object' || message === null || !('jsonrpc' in message))
    throw new Error('not a JSON-RPC message');
  return message as Message;
}
