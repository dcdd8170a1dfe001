/**
 * One connection to the agent or the observer, over streams that are connected already: a LanguageClient that fails to
 * start pops up a toast and can never start again, so a new one is made for each connection.
 */

import * as vscode from 'vscode';
import type { NotificationType, RequestType } from 'vscode-languageclient/node';
import { requireUnderstood } from '../../agent/client/version-skew';
import type { AgentInfo } from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import type { QuietClient, Streams } from './language-client';
import { loadLanguageClient } from './load-language-client';

const initializeTimeoutMs = 5000;
const stopTimeoutMs = 1000;

export class Connection implements vscode.Disposable {
  readonly #client: QuietClient;
  readonly #streams: Streams;
  readonly #disposables = new DisposableStore();
  readonly #closed = this.#disposables.add(new vscode.EventEmitter<void>());
  #isOpen = true;
  /** Fires once, however the connection ended. */
  readonly onDidClose = this.#closed.event;

  private constructor(
    client: QuietClient,
    streams: Streams,
    readonly info: AgentInfo,
  ) {
    this.#client = client;
    this.#streams = streams;
    this.#disposables.add(client.onDidChangeState(() => client.isStopped && this.#close()));
    if (client.isStopped) this.#close();
  }

  /** Rejects, with the streams ended, when there is no valid answer in time. */
  static async over(streams: Streams, name: string, log: vscode.LogOutputChannel): Promise<Connection> {
    try {
      const { makeClient } = await loadLanguageClient();
      const client = makeClient(streams, name, log);
      await withDeadline(client.start(), initializeTimeoutMs, vscode.l10n.t('{0} does not answer', name));
      const info = client.initializeResult?.capabilities.experimental as AgentInfo | undefined;
      if (!info?.mode)
        throw new Error(vscode.l10n.t('{0} answers in a way that this version does not understand', name));
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
