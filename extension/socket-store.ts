/** Looks at the machine while somebody watches, and keeps the model of what was seen. */

import { statSync } from 'node:fs';
import * as vscode from 'vscode';
import {
  asksForClosed,
  isClosed,
  type ListParams,
  listSockets,
  parseFilter,
  type Socket,
} from '../agent/protocol';
import { type Connection, withDeadline } from './connection';
import type { Context } from './context';
import { Bag } from './disposables';
import { type Changes, type Grouping, SocketModel } from './socket-model';

const refreshEvery = 2000;
/** Milliseconds for one page. */
const listDeadline = 20_000;

export type StoreState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

export class SocketStore implements vscode.Disposable {
  private readonly bag = new Bag();
  private readonly changed = this.bag.add(new vscode.EventEmitter<Changes>());
  private readonly told = this.bag.add(new vscode.EventEmitter<void>());
  /** Inode of the editor's own network namespace; null: not known. */
  readonly netns = ownNetns();
  private current: SocketModel;
  private text = '';
  private now: StoreState = { kind: 'loading' };
  private timer: NodeJS.Timeout | undefined;
  private watching: vscode.Disposable | undefined;
  private looking: Promise<void> | undefined;
  private again = false;
  /** Rows to redraw. */
  readonly onDidChange = this.changed.event;
  /** State, counts or filter may have changed; fires after each look. */
  readonly onDidLook = this.told.event;

  constructor(
    private readonly context: Context,
    grouping: Grouping,
  ) {
    this.current = new SocketModel(grouping, this.netns);
    this.bag.add(context.link.onDidChange(() => this.watching && void this.refresh()));
  }

  get model(): SocketModel {
    return this.current;
  }

  get state(): StoreState {
    return this.now;
  }

  get filter(): string {
    return this.text;
  }

  async setFilter(filter: string): Promise<void> {
    this.text = filter;
    await this.refresh();
  }

  /** Shows the same sockets in other groups, at once. */
  setGrouping(grouping: Grouping): void {
    const sockets = this.current.all();
    this.current = new SocketModel(grouping, this.netns);
    this.current.update(sockets);
    this.changed.fire('all');
    this.told.fire();
  }

  /** Looks every two seconds until told otherwise. */
  watch(on: boolean): void {
    if (on === (this.watching !== undefined)) return;
    if (on) {
      this.watching = this.context.link.hold();
      void this.refresh();
    } else {
      clearTimeout(this.timer);
      this.watching?.dispose();
      this.watching = undefined;
    }
  }

  /** Resolves when a look that began after this call is over; never rejects. One look at a time. */
  async refresh(): Promise<void> {
    clearTimeout(this.timer);
    if (this.looking) {
      this.again = true;
      return this.looking;
    }
    this.looking = this.lookUntilFresh().finally(() => {
      this.looking = undefined;
      if (this.watching) this.timer = setTimeout(() => void this.refresh(), refreshEvery);
    });
    return this.looking;
  }

  dispose(): void {
    this.watch(false);
    this.bag.dispose();
  }

  private async lookUntilFresh(): Promise<void> {
    do {
      this.again = false;
      await this.look();
    } while (this.again);
  }

  private async look(): Promise<void> {
    const filter = this.text;
    try {
      const connection = await this.context.link.connect();
      const sockets = await listAll(connection, filter);
      if (filter !== this.text || !connection.open) return; // late: asked of another filter or partner
      this.take(sockets.filter((socket) => !isClosed(socket) || wantsClosed(filter)));
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
    this.told.fire();
  }

  private take(sockets: readonly Socket[]): void {
    this.now = { kind: 'ready' };
    const changes = this.current.update(sockets);
    if (changes === 'all' || changes.length > 0) this.changed.fire(changes);
  }

  private fail(message: string): void {
    if (this.now.kind !== 'failed' || this.now.message !== message)
      this.context.log.error(`list: ${message}`);
    this.now = { kind: 'failed', message };
  }
}

/** Every page of a new look. */
export async function listAll(connection: Connection, filter: string): Promise<readonly Socket[]> {
  const ask = (params: ListParams) =>
    withDeadline(
      connection.request(listSockets, params),
      listDeadline,
      'no answer to a request for the sockets',
    );
  const sockets: Socket[] = [];
  let page = await ask({ filter });
  sockets.push(...page.sockets);
  while (page.cursor !== null) {
    page = await ask({ filter, cursor: page.cursor });
    sockets.push(...page.sockets);
  }
  return sockets;
}

function wantsClosed(filter: string): boolean {
  const parsed = parseFilter(filter);
  return parsed.ok && asksForClosed(parsed.filter);
}

/** Inode of the editor's network namespace; null where it cannot be read. */
function ownNetns(): number | null {
  try {
    return statSync('/proc/self/ns/net').ino;
  } catch {
    return null;
  }
}
