/** One socket, whatever the tree shows: its present state, or how and when it was closed. */

import type * as vscode from 'vscode';
import {
  type EndReason,
  idKey,
  type Row,
  type Socket,
  type SocketChange,
  socketsChanged,
  unwatchSockets,
  watchSockets,
} from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import type { AgentLink } from '../connection/agent-link';
import type { Connection } from '../connection/connection';
import { listMatching } from '../connection/list-sockets';
import { hasEnded } from './sockets';

export interface SocketEnd {
  readonly reason: EndReason | null;
  /** Null: before it was followed. */
  readonly at: Date | null;
}

export class FollowedSocket implements vscode.Disposable {
  readonly kind = 'socket';
  readonly #link: AgentLink;
  readonly #changed: () => void;
  #socket: Socket;
  #end: SocketEnd | null;
  #connection: Connection | undefined;
  #watching = new DisposableStore();
  #over = false;

  /** `changed` is called for each change that the agent or observer reports. */
  constructor(link: AgentLink, row: Row, changed: () => void) {
    this.#link = link;
    this.#changed = changed;
    this.#socket = row.socket;
    this.#end = hasEnded(row) ? { reason: row.reason, at: null } : null;
  }

  /** Its present form, or its last one. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Null: it is open, as far as is known. */
  get end(): SocketEnd | null {
    return this.#end;
  }

  /** Makes sure that changes are reported, also by another agent; call it before each use. Rejects where none answers. */
  async follow(): Promise<void> {
    const connection = await this.#link.connect();
    if (this.#over || this.#end || (this.#connection === connection && connection.open)) return;
    this.#stop();
    this.#connection = connection;
    try {
      await this.#watch(connection);
    } catch (error) {
      if (this.#connection === connection) this.#stop();
      throw error;
    }
  }

  /** By this window: an agent that was started for it does not know that the socket was watched before. */
  destroyed(): void {
    if (this.#end && this.#end.reason !== null) return;
    this.#end = { reason: 'destroyed-by-sockscope', at: new Date() };
    this.#stop();
    this.#changed();
  }

  dispose(): void {
    this.#over = true;
    this.#stop();
  }

  async #watch(connection: Connection): Promise<void> {
    const watching = this.#watching;
    const filter = `cookie:${this.#socket.cookie} net:${this.#socket.netns}`;
    watching.add(connection.onNotification(socketsChanged, ({ changes }) => this.#take(changes)));
    const { watch } = await connection.request(watchSockets, { filter });
    watching.add({ dispose: () => void unwatch(connection, watch) });
    const [now] = await listMatching(connection, filter);
    // It was closed before the watch began.
    if (!now) this.#close({ reason: null, at: null });
    else if (!this.#end) this.#socket = now;
  }

  #take(changes: readonly SocketChange[]): void {
    for (const { event, socket, reason, at } of changes) {
      if (this.#over || this.#end || idKey(socket) !== idKey(this.#socket)) continue;
      this.#socket = socket;
      if (event === 'closed') this.#close({ reason, at: new Date(at) });
      this.#changed();
    }
  }

  #close(end: SocketEnd): void {
    this.#end ??= end;
    this.#stop();
  }

  #stop(): void {
    this.#watching.dispose();
    this.#watching = new DisposableStore();
    this.#connection = undefined;
  }
}

async function unwatch(connection: Connection, watch: number): Promise<void> {
  if (connection.open) await connection.request(unwatchSockets, { watch }).catch(() => {});
}
