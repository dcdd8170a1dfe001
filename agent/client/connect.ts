/** A client's connection: to a user's agent, or to an agent program of its own over standard input and output. */

import type { Socket } from 'node:net';
import {
  type CancellationToken,
  createMessageConnection,
  type MessageConnection,
  type NotificationType,
  type RequestType,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { type AgentInfo, ErrorCode, protocolError } from '../protocol';
import { connectTo, findAgentSocket } from './endpoint';
import { type OwnMode, spawnOwn } from './own-program';
import { rowsUndecoded } from './rows-undecoded';
import { asRoot } from './served-uid';
import { requireUnderstood, skewOf, thisSide } from './version-skew';

/** Milliseconds that a running agent has for its first answer. */
const answerMs = 5000;

export class Client {
  readonly info: AgentInfo;
  readonly #connection: MessageConnection;
  /** Rejects when the other side has hung up. The connection leaves requests unanswered then, or says no more than that it is closed. */
  readonly #lost: Promise<never>;
  readonly #hangUp: () => void;

  private constructor(
    info: AgentInfo,
    connection: MessageConnection,
    lost: Promise<never>,
    hangUp: () => void,
  ) {
    this.info = info;
    this.#connection = connection;
    this.#lost = lost;
    this.#hangUp = hangUp;
  }

  /** Rejects where the other side is no agent. */
  static async over(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
    hangUp: () => void,
  ): Promise<Client> {
    const connection = createMessageConnection(
      new StreamMessageReader(input, { contentTypeDecoder: rowsUndecoded }),
      new StreamMessageWriter(output),
    );
    const lost = new Promise<never>((_, reject) => {
      const end = () => reject(new Error('The agent hung up: it may serve another user, or be at its end'));
      connection.onClose(end);
      // As of a write to an agent that was killed. A connection that is disposed of tells no end.
      connection.onError(() => {
        end();
        connection.dispose();
      });
    });
    lost.catch(() => {});
    connection.listen();
    const answer = connection.sendRequest<{ capabilities?: { experimental?: AgentInfo } }>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: thisSide,
    });
    const { capabilities } = await Promise.race([lost, answer]);
    const info = capabilities?.experimental;
    if (typeof info?.pid !== 'number' || typeof info.uid !== 'number') {
      connection.dispose();
      hangUp();
      throw new Error('What answers at the place of the agent is no agent of Sockscope');
    }
    await connection.sendNotification('initialized', {});
    return new Client(info, connection, lost, hangUp);
  }

  /** Rejects with a ResponseError whose code is one of ErrorCode, or with an Error where the other side hangs up. */
  async request<P, R>(type: RequestType<P, R, void>, params: P, token?: CancellationToken): Promise<R> {
    requireUnderstood(type.method, this.info);
    return Promise.race([this.#lost, this.#send(type, params, token)]);
  }

  /** async: a connection that is closed throws. */
  async #send<P, R>({ method }: RequestType<P, R, void>, params: P, token?: CancellationToken): Promise<R> {
    return token
      ? this.#connection.sendRequest<R>(method, params, token)
      : this.#connection.sendRequest<R>(method, params);
  }

  /** Calls `handle` with each notification of this kind; a later call takes its place. */
  on<P>(type: NotificationType<P>, handle: (params: P) => void): void {
    this.#connection.onNotification(type.method, handle);
  }

  /** Resolves when the other side has hung up. */
  closed(): Promise<void> {
    return this.#lost.catch(() => {});
  }

  close(): void {
    this.#connection.dispose();
    this.#hangUp();
  }
}

/** As connectAnyAgent; rejects also with a ResponseError (otherProtocol) where the agent has another protocol number. */
export async function connectAgent(uid: number): Promise<Client | null> {
  const client = await connectAnyAgent(uid);
  const skew = client && skewOf(client.info);
  if (!skew) return client;
  client.close();
  throw protocolError(ErrorCode.otherProtocol, `${skew}. In a terminal: sudo sockscope agent restart`);
}

/**
 * The agent that serves `uid`, whatever its protocol number; null: none runs. Rejects where the socket is not root's, refuses this
 * user, or stays silent.
 */
export async function connectAnyAgent(uid: number): Promise<Client | null> {
  const found = findAgentSocket(uid);
  if (found.kind === 'absent') return null;
  if (found.kind === 'refused')
    throw new Error(
      `${found.reason}, so it may not be the agent's: remove it as root, then start the agent again`,
    );
  const socket = await connectTo(found.path);
  return socket && answering(socket, found.path);
}

/** The kernel accepts connections even for an agent that is stopped or stuck, hence the limit. */
async function answering(socket: Socket, path: string): Promise<Client> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(
          `The agent does not answer within ${answerMs / 1000} s: ${asRoot(`ss -xlp src ${path}`)} shows its pid; end it with ${asRoot('kill -KILL PID')}, then start it again`,
        ),
      );
    }, answerMs);
  });
  try {
    return await Promise.race([Client.over(socket, socket, () => socket.destroy()), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** In which a program of one's own has ended, or is not waited for. */
const maxEndMs = 1000;

/** Starts an agent program of one's own, which lies beside this bundle or in `folder`; it ends with the client. */
export async function startOwn(mode: OwnMode, folder?: string): Promise<Client> {
  const child = spawnOwn(mode, folder);
  try {
    return await Client.over(child.stdout, child.stdin, () => {
      child.stdin.end();
      // It may still wait for another user's process (system/command-line.ts); whoever asked need not.
      setTimeout(() => {
        child.unref();
        child.stdout.destroy();
      }, maxEndMs).unref();
    });
  } catch (cause) {
    throw new Error('The agent program ended at its start, for the reason that it printed', { cause });
  }
}
