/** Raw bytes on an agent's socket, for messages that a well-behaved client never sends. */

import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { protocolNumber } from '../../agent/protocol';

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Parameters of `initialize`: without the number, an agent answers little. */
export const introduction = { initializationOptions: { version: '0.0.0', protocol: protocolNumber } };

export function frame(body: string, headers?: string): string {
  return `${headers ?? `Content-Length: ${Buffer.byteLength(body)}`}\r\n\r\n${body}`;
}

export function message(id: number, method: string, params: unknown): string {
  return frame(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
}

export class Wire {
  #received = '';
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
    socket.on('error', () => {}); // a reset is a way to close
  }

  static async open(uid: number): Promise<Wire> {
    const socket = createConnection({ path: agentSocketPath(uid) });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends one request, with `more` in the same chunk; resolves with its answer. */
  ask(id: number, method: string, params: unknown, more = ''): Promise<Answer> {
    this.send(message(id, method, params) + more);
    return this.next();
  }

  /** The next answer; notifications are skipped. */
  async next(): Promise<Answer> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(this.#received)?.[1]);
      if (end >= 0 && this.#received.length >= end + 4 + length) {
        const text = this.#received.slice(end + 4, end + 4 + length);
        this.#received = this.#received.slice(end + 4 + length);
        const answer = JSON.parse(text) as Answer | { readonly method: string };
        if ('method' in answer) continue;
        return answer;
      }
      await once(this.#socket, 'data', { signal: AbortSignal.timeout(60_000) });
    }
  }

  /** All unread bytes, once the other side has closed. */
  async closed(): Promise<string> {
    if (!this.#socket.closed) await once(this.#socket, 'close', { signal: AbortSignal.timeout(60_000) });
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }
}
