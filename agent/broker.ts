/** The agent's end of its broker: one request at a time over the socketpair, as native/src/broker_protocol.h lays down. */

import { EventEmitter } from 'node:events';
import { closeSync, read } from 'node:fs';
import { Socket } from 'node:net';
import { getSystemErrorName, promisify } from 'node:util';
import { type BrokerHandle, constants, layout } from './native';
import { type EngineChoice, ErrorCode, protocolError } from './protocol';
import {
  type ConnectFilter,
  type ConnectRecord,
  type DestroyRecord,
  type DestroyReply,
  decodeConnect,
  decodeReplies,
  decodeSockets,
  encodeConnectFilter,
  encodeTargets,
  type JoinedSocket,
} from './records';

/** What the broker could load and attach; `log` says why something is missing, the verifier's words included. */
export interface BrokerFeatures {
  readonly list: boolean;
  readonly destroy: boolean;
  readonly sockDiagDestroy: boolean;
  readonly connectHooks: boolean;
  readonly btf: boolean;
  readonly log: string;
}

export interface Listing {
  readonly sockets: readonly JoinedSocket[];
  /** Network namespaces that could not be entered, with the errno name. */
  readonly skipped: readonly { readonly netns: number; readonly errno: string }[];
}

interface Waiting {
  readonly id: number;
  resolve(payload: Buffer): void;
  reject(error: Error): void;
}

const readMemory = promisify(read);

/** Emits `connect` with a ConnectRecord while connects are watched, and `lost` once when the broker is gone. */
export class Broker extends EventEmitter<{ connect: [ConnectRecord]; lost: [] }> {
  readonly pid: number;
  readonly #control: Socket;
  readonly #memory: number;
  #received = Buffer.alloc(0);
  #waiting: Waiting | null = null;
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
      connectHooks: payload.readUInt8(offsets.connect_hooks) === 1,
      btf: payload.readUInt8(offsets.btf) === 1,
      log: payload.subarray(size).toString('utf8'),
    };
  }

  /** Every socket of every network namespace that could be entered. */
  list(): Promise<Listing> {
    // The memory file is overwritten by the next listing, so it is read before the next request may go out.
    return this.#request(constants.message.list, undefined, async (payload) => {
      const { size, offsets } = layout.list_reply;
      const bytes = Buffer.alloc(
        Number(payload.readBigUInt64LE(offsets.sockets)) * layout.socket_record.size,
      );
      await readAll(this.#memory, bytes);
      return { sockets: decodeSockets(bytes), skipped: decodeSkipped(payload.subarray(size)) };
    });
  }

  /** One reply for each target, in order. Answered within the walkers' deadline. */
  destroy(engine: EngineChoice, targets: readonly DestroyRecord[]): Promise<DestroyReply[]> {
    const payload = encodeTargets(constants.engine[engine], targets);
    return this.#request(constants.message.destroy, payload, decodeReplies);
  }

  /** Attaches the connect hooks: `connect` is emitted for each connect() that the filter lets through, until unwatchConnects. */
  async watchConnects(filter: ConnectFilter): Promise<void> {
    await this.#request(constants.message.watchConnects, encodeConnectFilter(filter));
  }

  async unwatchConnects(): Promise<void> {
    await this.#request(constants.message.unwatchConnects);
  }

  /** The broker unlinks this path when it ends: after the drop the agent may not, the folder being root's. */
  async ownSocketFile(path: string): Promise<void> {
    await this.#request(constants.message.ownSocketFile, Buffer.from(path));
  }

  /** The broker ends at the end of its control socket. */
  close(): void {
    this.#control.destroy();
  }

  /** Requests run one after the other; `decode` belongs to the turn. */
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
      const id = this.#nextId++;
      this.#waiting = { id, resolve, reject };
      this.#control.write(Buffer.concat([encodeHeader(type, id, payload.length), payload]));
    });
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
    if (header.readUInt32LE(offsets.type) === constants.message.connect) {
      this.emit('connect', decodeConnect(payload));
      return;
    }
    const waiting = this.#waiting;
    if (waiting?.id !== header.readUInt32LE(offsets.id)) return;
    this.#waiting = null;
    const errno = header.readInt32LE(offsets.error);
    if (errno === 0) waiting.resolve(Buffer.from(payload));
    else waiting.reject(kernelRefused(errno, payload.toString('utf8')));
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    closeSync(this.#memory);
    this.#waiting?.reject(brokerLost());
    this.#waiting = null;
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

function decodeSkipped(bytes: Buffer): Listing['skipped'] {
  const { size, offsets } = layout.skipped_namespace;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    netns: bytes.readUInt32LE(index * size + offsets.netns),
    errno: errnoName(bytes.readInt32LE(index * size + offsets.error)),
  }));
}

async function readAll(fd: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await readMemory(fd, bytes, at, bytes.length - at, at);
    if (bytesRead === 0)
      throw protocolError(ErrorCode.kernelRefused, 'The broker sent fewer sockets than it said');
    at += bytesRead;
  }
}

/** `ECONNABORTED` for 103. */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

function kernelRefused(errno: number, step: string) {
  return protocolError(ErrorCode.kernelRefused, `${step} failed with ${errnoName(errno)}`);
}

function brokerLost() {
  return protocolError(
    ErrorCode.brokerLost,
    'The broker has ended, and the agent with it: start the agent again',
  );
}
