/** The connection to the agent where it runs, else to the observer; none while no feature holds it. */

import { lstat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { connectTo, findAgentSocket } from '../../agent/client/endpoint';
import { servedUid } from '../../agent/client/served-uid';
import { agentSocketPath } from '../../agent/common/agent-socket';
import type { AgentInfo } from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import { Connection } from './connection';
import { startObserver } from './observer';
import { agentSkewText } from './skew-text';
import { StartFailure } from './start-failure';

export type LinkMode = 'none' | 'observer' | 'agent';

/** A connection without a holder is closed after this time; an agent can then end by itself. */
const keepMs = 30_000;
/** Time before a failed observer is restarted; doubles up to the maximum, until an observer has lived that long. */
const firstPauseMs = 2000;
const maxPauseMs = 60_000;

/** An agent of another protocol number, which is not used. */
export interface SkewedAgent {
  readonly info: AgentInfo;
  /** A sentence with both versions. */
  readonly text: string;
  /** Its socket file: another file is another agent. */
  readonly file: string;
}

export class AgentLink implements vscode.Disposable {
  readonly #program: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  #current: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #connectingAgent: Promise<Connection | undefined> | undefined;
  #holders = 0;
  #idle: NodeJS.Timeout | undefined;
  #pause = firstPauseMs;
  #retryAt = 0;
  #observedAt = 0;
  #observerError: unknown;
  #disposed = false;
  #refused: string | null = null;
  #skewed: SkewedAgent | null = null;
  #agentEnded = false;
  /** Connected, disconnected, or an agent is not used for another reason. */
  readonly onDidChange = this.#changed.event;

  constructor(program: string, log: vscode.LogOutputChannel) {
    this.#program = program;
    this.#log = log;
  }

  get mode(): LinkMode {
    if (!this.#current) return 'none';
    return this.#current.info.mode === 'observer' ? 'observer' : 'agent';
  }

  /** Some feature keeps the connection open, or waits for one. */
  get held(): boolean {
    return this.#holders > 0;
  }

  get info(): AgentInfo | undefined {
    return this.#current?.info;
  }

  /** Why the agent's socket is not used; null: it is, or there is none. */
  get refusal(): string | null {
    return this.#refused;
  }

  /** Why no agent could start from these files; undefined: nothing is known to prevent it. */
  get startFailure(): StartFailure | undefined {
    return this.#observerError instanceof StartFailure ? this.#observerError : undefined;
  }

  /** An agent was used last, and has ended while it was. */
  get agentEnded(): boolean {
    return this.#agentEnded;
  }

  /** The agent that runs but has another protocol number; null: there is none, as far as is known. */
  get skewed(): SkewedAgent | null {
    return this.#skewed;
  }

  /** Prefers the agent, and checks for it each time, which is cheap. */
  connect(): Promise<Connection> {
    this.#connecting ??= this.#find().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Undefined where no agent answers. */
  agent(): Promise<Connection | undefined> {
    if (this.mode === 'agent') return Promise.resolve(this.#current);
    this.#connectingAgent ??= this.#connectAgent().finally(() => {
      this.#connectingAgent = undefined;
    });
    return this.#connectingAgent;
  }

  /** The agent, or one of another protocol number, to be stopped; undefined where none answers. Dispose of it. */
  async anyAgent(): Promise<Connection | undefined> {
    const agent = await this.agent();
    if (agent || !this.#skewed) return agent;
    return this.#open(agentSocketPath(servedUid()));
  }

  /** Keeps the connection open until the hold is disposed. */
  hold(): vscode.Disposable {
    this.#holders++;
    clearTimeout(this.#idle);
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        if (--this.#holders === 0) this.#idle = setTimeout(() => this.#use(undefined), keepMs);
      },
    };
  }

  /** The next connect starts the observer without waiting after a failure. */
  retryNow(): void {
    this.#retryAt = 0;
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#idle);
    this.#use(undefined);
    this.#disposables.dispose();
  }

  async #find(): Promise<Connection> {
    return (await this.agent()) ?? this.#current ?? (await this.#observe());
  }

  /** Undefined where the agent is not used, for a reason that is logged; the observer is used then. */
  async #connectAgent(): Promise<Connection | undefined> {
    const found = findAgentSocket(servedUid());
    if (found.kind !== 'ready') {
      this.#explain(found.kind === 'refused' ? found.reason : null);
      return undefined;
    }
    try {
      const file = await fileKey(found.path);
      // Each connection would keep it from ending after its idle time.
      if (this.#skewed?.file === file) return undefined;
      const connection = await this.#open(found.path);
      const text = connection ? agentSkewText(connection.info) : null;
      this.#explain(null, connection && text !== null ? { info: connection.info, text, file } : null);
      if (text === null) return connection && this.#use(connection);
      connection?.dispose();
    } catch (error) {
      this.#explain(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  async #open(path: string): Promise<Connection | undefined> {
    const socket = await connectTo(path);
    if (!socket) return undefined;
    const streams = { reader: socket, writer: socket, end: () => socket.destroy() };
    return Connection.over(streams, vscode.l10n.t('Sockscope agent'), this.#log);
  }

  async #observe(): Promise<Connection> {
    if (performance.now() < this.#retryAt)
      throw this.#observerError ?? new Error(vscode.l10n.t('The observer failed; see the log.'));
    this.#observedAt = performance.now();
    try {
      const observer = await startObserver(this.#program, this.#log);
      this.#observerError = undefined;
      return this.#use(observer);
    } catch (error) {
      this.#observerError = error;
      this.#observerFailed();
      throw error;
    }
  }

  #observerFailed(): void {
    const now = performance.now();
    if (now - this.#observedAt > maxPauseMs) this.#pause = firstPauseMs;
    this.#retryAt = now + this.#pause;
    this.#pause = Math.min(2 * this.#pause, maxPauseMs);
  }

  #use(connection: Connection): Connection;
  #use(connection: undefined): undefined;
  #use(connection: Connection | undefined): Connection | undefined {
    const before = this.#current;
    if (this.#disposed && connection) connection.dispose();
    this.#current = this.#disposed ? undefined : connection;
    if (this.mode === 'agent') this.#agentEnded = false;
    if (before !== connection) before?.dispose();
    connection?.onDidClose(() => this.#lost(connection));
    if (connection) this.#log.info(`${connection.info.mode} answers, version ${connection.info.version}`);
    this.#changed.fire();
    return connection;
  }

  #lost(connection: Connection): void {
    if (this.#current !== connection) return;
    this.#log.info(`${connection.info.mode} is gone`);
    if (this.mode === 'observer') this.#observerFailed();
    else this.#agentEnded = true;
    this.#current = undefined;
    this.#changed.fire();
  }

  /** Why the agent is not used, if there is one. */
  #explain(reason: string | null, skewed: SkewedAgent | null = null): void {
    if (reason === this.#refused && skewed?.file === this.#skewed?.file) return;
    this.#refused = reason;
    this.#skewed = skewed;
    const why = reason ?? skewed?.text;
    if (why !== undefined) this.#log.warn(`no agent: ${why}`);
    this.#changed.fire();
  }
}

/** Differs for each file that ever stood at a path. */
async function fileKey(path: string): Promise<string> {
  const { ino, ctimeMs } = await lstat(path);
  return `${ino}.${ctimeMs}`;
}
