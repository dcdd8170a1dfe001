/**
 * One connection to the agent or the observer, over streams that are connected already: a LanguageClient that fails to
 * start pops up a toast and can never start again, so a new one is made for each connection.
 */

import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type NotificationType,
  type RequestType,
  State,
} from 'vscode-languageclient/node';
import { requireUnderstood, thisSide } from '../../agent/client/version-skew';
import type { AgentInfo } from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';

interface Streams {
  readonly reader: NodeJS.ReadableStream;
  readonly writer: NodeJS.WritableStream;
  /** Ends the streams; called once, when the connection is closed. */
  readonly end: () => void;
}

const initializeTimeoutMs = 5000;
const stopTimeoutMs = 1000;

export class Connection implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #streams: Streams;
  readonly #disposables = new DisposableStore();
  readonly #closed = this.#disposables.add(new vscode.EventEmitter<void>());
  #isOpen = true;
  /** Fires once, however the connection ended. */
  readonly onDidClose = this.#closed.event;

  private constructor(
    client: LanguageClient,
    streams: Streams,
    readonly info: AgentInfo,
  ) {
    this.#client = client;
    this.#streams = streams;
    this.#disposables.add(
      client.onDidChangeState(({ newState }) => newState === State.Stopped && this.#close()),
    );
    if (client.state === State.Stopped) this.#close();
  }

  /** Rejects, with the streams ended, when there is no valid answer in time. */
  static async over(streams: Streams, name: string, log: vscode.LogOutputChannel): Promise<Connection> {
    const client = makeClient(streams, name, log);
    try {
      await withDeadline(client.start(), initializeTimeoutMs, `${name} does not answer`);
      const info = client.initializeResult?.capabilities.experimental as AgentInfo | undefined;
      if (!info?.mode) throw new Error(`${name} answers in a way that this version does not understand`);
      return new Connection(client, streams, info);
    } catch (error) {
      streams.end();
      throw error;
    }
  }

  get open(): boolean {
    return this.#isOpen;
  }

  /** Rejects also when the connection ends first; the client alone leaves some requests open then. */
  async request<Params, Result>(
    type: RequestType<Params, Result, void>,
    params: Params,
    token?: vscode.CancellationToken,
  ): Promise<Result> {
    if (!this.#isOpen) throw this.#gone();
    requireUnderstood(type.method, this.info);
    const over = new DisposableStore();
    const end = new Promise<never>((_, reject) => {
      over.add(this.onDidClose(() => reject(this.#gone())));
    });
    try {
      return await Promise.race([this.#send(type, params, token), end]);
    } finally {
      over.dispose();
    }
  }

  /** Calls the handler until disposed, or until the connection ends. */
  onNotification<Params>(
    { method }: NotificationType<Params>,
    handler: (params: Params) => void,
  ): vscode.Disposable {
    return this.#disposables.add(this.#client.onNotification(method, handler));
  }

  #send<Params, Result>(
    { method }: RequestType<Params, Result, void>,
    params: Params,
    token: vscode.CancellationToken | undefined,
  ): Promise<Result> {
    // An undefined token would be sent as a second parameter.
    return token ? this.#client.sendRequest(method, params, token) : this.#client.sendRequest(method, params);
  }

  #gone(): Error {
    return new Error(
      this.info.mode === 'observer' ? vscode.l10n.t('The observer ended') : vscode.l10n.t('The agent ended'),
    );
  }

  dispose(): void {
    this.#close();
    this.#client
      .stop(stopTimeoutMs)
      .catch(() => {})
      .finally(() => this.#streams.end());
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closed.fire();
    this.#disposables.dispose();
  }
}

/**
 * Shows none of its errors: a failed handshake would always pop up, and the end of every connection would be an error in the log. Who
 * made the connection reports both.
 */
class QuietClient extends LanguageClient {
  override error(message: string): void {
    (this.outputChannel as vscode.LogOutputChannel).debug(message);
  }
}

/** Never shows a toast and never restarts: the owner of the connection reports its end. */
function makeClient(streams: Streams, name: string, log: vscode.LogOutputChannel): LanguageClient {
  return new QuietClient(
    'sockscope',
    name,
    async () => ({ reader: streams.reader, writer: streams.writer, detached: true }),
    {
      documentSelector: [],
      outputChannel: log,
      initializationOptions: thisSide,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => {
          streams.end(); // The end of the streams is the one way out; a shutdown would wait on a broken one.
          return { action: ErrorAction.Continue, handled: true };
        },
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    },
  );
}

/** Rejects with the message when the promise takes longer; its work goes on. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
