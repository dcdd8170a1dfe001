/** Subscribes to the view at the agent or observer, and applies its changes. Sends no requests while the view is hidden. */

import * as vscode from 'vscode';
import {
  closeView,
  type Grouping,
  type Located,
  locateSocket,
  type PackedSockets,
  refreshView,
  rootGroup,
  type Show,
  type Socket,
  type SocketId,
  setView,
  unpackChange,
  unpackSockets,
  type ViewChange,
  viewChanged,
  viewSockets,
} from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import type { WorkspaceParts } from '../base/workspace-parts';
import { type Connection, withDeadline } from '../connection/connection';
import { type StartCause, StartFailure } from '../connection/start-failure';
import type { Context } from '../context';
import { OpenGroups } from './open-groups';
import type { RowContext } from './row-context';
import { type Changes, type SocketNode, ViewWindow } from './view-window';

/** The number of the one view that a window has. */
const view = 1;
/** Only counted. */
const countView = 2;
/** Interval of checks for an agent, and of retries after a failure. */
const pollMs = 2000;
const answerTimeoutMs = 20_000;

type ViewState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string; readonly cause: StartCause };

export interface Redraw {
  readonly changes: Changes;
  /** A row appears or ends, or a command waits for it. */
  readonly urgent: boolean;
}

/** Chosen by the user. */
export interface Choices {
  readonly filter: string;
  readonly show: Show;
  readonly groupBy: Grouping;
}

export class LiveView implements vscode.Disposable {
  readonly #context: Context;
  readonly #workspace: WorkspaceParts;
  #choices: Choices;
  readonly window = new ViewWindow();
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<Redraw>());
  readonly #updated = this.#disposables.add(new vscode.EventEmitter<ViewChange | undefined>());
  readonly #open = new OpenGroups();
  #state: ViewState = { kind: 'loading' };
  #hold: vscode.Disposable | undefined;
  #connection: Connection | undefined;
  #subscription: vscode.Disposable | undefined;
  #polling: NodeJS.Timeout | undefined;
  #updating: Promise<void> | undefined;
  #outdated = false;
  /** Rows to redraw. */
  readonly onDidChange = this.#changed.event;
  /** State, counts or choices may have changed; with the change from the agent, if any. Follows every `onDidChange`. */
  readonly onDidUpdate = this.#updated.event;

  constructor(context: Context, workspace: WorkspaceParts, choices: Choices) {
    this.#context = context;
    this.#workspace = workspace;
    this.#choices = choices;
    this.#disposables.add(context.link.onDidChange(() => this.#linkChanged()));
    this.#disposables.add(
      workspace.onDidChange(() => this.#choices.show === 'workspace' && void this.#update()),
    );
  }

  get state(): ViewState {
    return this.#state;
  }

  get choices(): Choices {
    return this.#choices;
  }

  get visible(): boolean {
    return this.#hold !== undefined;
  }

  get rowContext(): RowContext {
    return { grouping: this.#choices.groupBy, namespaces: this.window.facts.namespaces };
  }

  /** While visible, the connection is held and changes come in. */
  show(visible: boolean): void {
    if (visible === this.visible) return;
    if (visible) {
      this.#hold = this.#context.link.hold();
      this.#polling = setInterval(() => this.#poll(), pollMs);
      void this.#update();
    } else this.#leave();
  }

  /** Resolves when the choices are shown; never rejects. */
  async choose(choices: Partial<Choices>): Promise<void> {
    this.#choices = { ...this.#choices, ...choices };
    this.#updated.fire(undefined);
    await this.#update();
  }

  isOpen(group: string): boolean {
    return this.#open.has(group);
  }

  /** Resolves when its rows are in the window, or cannot be read; never rejects. */
  async expand(group: string): Promise<void> {
    await (this.#open.open(group) ? this.#update() : this.#updating);
  }

  collapse(group: string): void {
    if (this.#open.close(group)) void this.#update();
  }

  async more(group: string): Promise<void> {
    this.#open.more(group);
    await this.#update();
  }

  /** Resolves when a scan that began after this call is shown; never rejects. */
  async refresh(): Promise<void> {
    await this.#update();
    try {
      if (this.#connection?.open && this.visible)
        await this.#request(this.#connection.request(refreshView, { view }));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The row of a socket, after the windows were extended to it; undefined: the view does not show it. */
  async find({ netns, cookie }: SocketId): Promise<SocketNode | undefined> {
    await this.#ensureUpdated();
    const connection = await this.#context.link.connect();
    const found: Located | null = await this.#request(
      connection.request(locateSocket, { view, socket: { netns, cookie } }),
    );
    if (!found) return undefined;
    this.#open.reach(rootGroup, found.groups);
    this.#open.reach(found.group, found.rows);
    await this.#update();
    return this.window.row(found.group, found.row);
  }

  /** How many sockets would be shown with another filter, and how many Show would leave out. */
  async count(filter: string): Promise<{ readonly shown: number; readonly hidden: number }> {
    const connection = await this.#context.link.connect();
    const params = { ...this.#choices, filter, workspace: this.#workspace.current, open: {} };
    const whole = await this.#request(connection.request(setView, { ...params, view: countView }));
    await connection.request(closeView, { view: countView });
    return { shown: whole.shown, hidden: whole.hidden };
  }

  /** Every socket of a group, whatever its window. */
  async socketsOf(group: string): Promise<readonly Socket[]> {
    await this.#ensureUpdated();
    const connection = await this.#context.link.connect();
    const sockets: Socket[] = [];
    let cursor: string | null = null;
    do {
      const page: { readonly sockets: PackedSockets; readonly cursor: string | null } = await this.#request(
        connection.request(viewSockets, { view, group, ...(cursor === null ? {} : { cursor }) }),
      );
      sockets.push(...unpackSockets(page.sockets));
      cursor = page.cursor;
    } while (cursor !== null);
    return sockets;
  }

  dispose(): void {
    this.#leave();
    this.#disposables.dispose();
  }

  #leave(): void {
    clearInterval(this.#polling);
    this.#subscription?.dispose();
    if (this.#connection?.open) this.#connection.request(closeView, { view }).catch(() => {});
    this.#connection = undefined;
    this.#hold?.dispose();
    this.#hold = undefined;
  }

  #poll(): void {
    if (this.#state.kind === 'failed') void this.#update();
    else if (this.#context.link.mode !== 'agent') void this.#context.link.agent();
  }

  #linkChanged(): void {
    this.#updated.fire(undefined);
    if (!this.visible || this.#connection?.open) return;
    if (!this.#updating || this.#connection) void this.#update();
  }

  /** Sends pending changes first: the agent then knows the current view. */
  async #ensureUpdated(): Promise<void> {
    if (this.#updating || !this.#connection?.open) await this.#update();
  }

  /** Resolves when an answer to the current choices is in; never rejects. One request at a time. */
  async #update(): Promise<void> {
    if (!this.visible) return;
    if (this.#updating) {
      this.#outdated = true;
      return this.#updating;
    }
    this.#updating = this.#updateUntilCurrent().finally(() => {
      this.#updating = undefined;
    });
    return this.#updating;
  }

  async #updateUntilCurrent(): Promise<void> {
    do {
      this.#outdated = false;
      await this.#updateOnce();
    } while (this.#outdated && this.visible);
  }

  async #updateOnce(): Promise<void> {
    try {
      const connection = await this.#context.link.connect();
      this.#subscribe(connection);
      const params = {
        view,
        ...this.#choices,
        workspace: this.#workspace.current,
        open: this.#open.requested,
      };
      const whole = unpackChange(await this.#request(connection.request(setView, params)));
      if (this.#connection === connection) this.#take(this.window.replace(whole), true, whole);
    } catch (error) {
      this.#fail(error);
    }
  }

  #subscribe(connection: Connection): void {
    if (!this.visible || this.#connection === connection) return;
    this.#subscription?.dispose();
    this.#connection = connection;
    this.#subscription = connection.onNotification(viewChanged, (packed) => {
      if (packed.view !== view || this.#connection !== connection) return;
      const change = unpackChange(packed);
      const urgent = this.window.isUrgent(change);
      this.#take(this.window.apply(change), urgent, change);
    });
  }

  #take(changes: Changes, urgent: boolean, change: ViewChange): void {
    this.#state = { kind: 'ready' };
    if (changes === 'all' || changes.length > 0) this.#changed.fire({ changes, urgent });
    this.#updated.fire(change);
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#state.kind !== 'failed' || this.#state.message !== message)
      this.#context.log.error(`view: ${message}`);
    this.#state = { kind: 'failed', message, cause: error instanceof StartFailure ? error.startCause : '' };
    this.#updated.fire(undefined);
  }

  #request<Result>(answer: Promise<Result>): Promise<Result> {
    return withDeadline(answer, answerTimeoutMs, vscode.l10n.t('no answer to a request for the sockets'));
  }
}
