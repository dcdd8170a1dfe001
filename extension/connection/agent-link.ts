/** Who answers now: the agent where there is one, else the observer, and nobody while nobody asks. */

import { lstat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { connectTo, findAgentSocket } from '../../agent/client/endpoint';
import { ownUid } from '../../agent/client/served-uid';
import { agentSocketPath } from '../../agent/common/agent-socket';
import type { AgentInfo } from '../../agent/protocol';
import { Bag } from '../base/disposables';
import { Connection } from './connection';
import { startObserver } from './observer';
import { agentSkewText } from './skew-text';

export type LinkMode = 'none' | 'observer' | 'agent';

/** Milliseconds without a holder after which the connection is given up; an agent can then end by itself. */
const keepFor = 30_000;
/** Milliseconds before an observer that failed is tried again; doubles up to the most, until one has lived that long. */
const firstPause = 2000;
const longestPause = 60_000;

/** An agent of another protocol number, which is not used. */
export interface SkewedAgent {
  readonly info: AgentInfo;
  /** A sentence with both versions. */
  readonly text: string;
  /** Its socket file: another file is another agent. */
  readonly file: string;
}

export class Link implements vscode.Disposable {
  private readonly bag = new Bag();
  private readonly changed = this.bag.add(new vscode.EventEmitter<void>());
  private current: Connection | undefined;
  private connecting: Promise<Connection> | undefined;
  private looking: Promise<Connection | undefined> | undefined;
  private holders = 0;
  private idle: NodeJS.Timeout | undefined;
  private pause = firstPause;
  private retryAt = 0;
  private observedAt = 0;
  private disposed = false;
  private refused: string | null = null;
  private otherAgent: SkewedAgent | null = null;
  /** Who answers has changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly program: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get mode(): LinkMode {
    if (!this.current) return 'none';
    return this.current.info.mode === 'observer' ? 'observer' : 'agent';
  }

  get info(): AgentInfo | undefined {
    return this.current?.info;
  }

  /** Why something at the agent's place is not trusted; null: nothing of the kind. */
  get refusal(): string | null {
    return this.refused;
  }

  /** The agent that runs but has another protocol number; null: there is none, as far as is known. */
  get skewed(): SkewedAgent | null {
    return this.otherAgent;
  }

  /** The best that answers; looks for an agent each time, which is cheap. */
  connect(): Promise<Connection> {
    this.connecting ??= this.find().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  /** The agent; undefined where none answers. */
  agent(): Promise<Connection | undefined> {
    if (this.mode === 'agent') return Promise.resolve(this.current);
    this.looking ??= this.connectAgent().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  /** The agent, or one of another protocol number, to be stopped; undefined where none answers. Dispose of it. */
  async anyAgent(): Promise<Connection | undefined> {
    const agent = await this.agent();
    if (agent || !this.otherAgent) return agent;
    return this.open(agentSocketPath(ownUid()));
  }

  /** While held, the connection is kept; hold it for as long as it is needed. */
  hold(): vscode.Disposable {
    this.holders++;
    clearTimeout(this.idle);
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        if (--this.holders === 0) this.idle = setTimeout(() => this.use(undefined), keepFor);
      },
    };
  }

  /** Forgets earlier failures of the observer: somebody asks for another try. */
  retryNow(): void {
    this.retryAt = 0;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.idle);
    this.use(undefined);
    this.bag.dispose();
  }

  private async find(): Promise<Connection> {
    return (await this.agent()) ?? this.current ?? (await this.observe());
  }

  /** What goes wrong here leaves the observer, and is reported. */
  private async connectAgent(): Promise<Connection | undefined> {
    const found = await findAgentSocket(ownUid());
    if (found.kind !== 'ready') {
      this.explain(found.kind === 'refused' ? found.reason : null);
      return undefined;
    }
    try {
      const file = await fileKey(found.path);
      // Each connection would keep it from ending after its idle time.
      if (this.otherAgent?.file === file) return undefined;
      const connection = await this.open(found.path);
      const text = connection ? agentSkewText(connection.info) : null;
      this.explain(null, connection && text !== null ? { info: connection.info, text, file } : null);
      if (text === null) return connection && this.use(connection);
      connection?.dispose();
    } catch (error) {
      this.explain(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  private async open(path: string): Promise<Connection | undefined> {
    const socket = await connectTo(path);
    if (!socket) return undefined;
    const streams = { reader: socket, writer: socket, end: () => socket.destroy() };
    return Connection.over(streams, 'Sockscope agent', this.log);
  }

  private async observe(): Promise<Connection> {
    if (Date.now() < this.retryAt) throw new Error(vscode.l10n.t('The observer failed; see the log.'));
    this.observedAt = Date.now();
    try {
      return this.use(await startObserver(this.program, this.log));
    } catch (error) {
      this.observerFailed();
      throw error;
    }
  }

  private observerFailed(): void {
    const now = Date.now();
    if (now - this.observedAt > longestPause) this.pause = firstPause;
    this.retryAt = now + this.pause;
    this.pause = Math.min(2 * this.pause, longestPause);
  }

  private use(connection: Connection): Connection;
  private use(connection: undefined): undefined;
  private use(connection: Connection | undefined): Connection | undefined {
    const before = this.current;
    if (this.disposed && connection) connection.dispose();
    this.current = this.disposed ? undefined : connection;
    if (before !== connection) before?.dispose();
    connection?.onDidClose(() => this.lost(connection));
    if (connection) this.log.info(`${connection.info.mode} answers, version ${connection.info.version}`);
    this.changed.fire();
    return connection;
  }

  private lost(connection: Connection): void {
    if (this.current !== connection) return;
    this.log.info(`${connection.info.mode} is gone`);
    if (this.mode === 'observer') this.observerFailed();
    this.current = undefined;
    this.changed.fire();
  }

  /** Why the agent is not used, if there is one. */
  private explain(reason: string | null, skewed: SkewedAgent | null = null): void {
    if (reason === this.refused && skewed?.file === this.otherAgent?.file) return;
    this.refused = reason;
    this.otherAgent = skewed;
    const why = reason ?? skewed?.text;
    if (why !== undefined) this.log.warn(`no agent: ${why}`);
    this.changed.fire();
  }
}

/** Differs for each file that ever stood at a path. */
async function fileKey(path: string): Promise<string> {
  const { ino, ctimeMs } = await lstat(path);
  return `${ino}.${ctimeMs}`;
}
