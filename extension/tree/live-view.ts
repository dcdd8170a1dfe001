/** The view's conversation with whoever answers: what is asked for, and what came of it. Nothing is asked while it is hidden. */

import * as vscode from 'vscode';
import {
  closeView,
  type Grouping,
  type Located,
  locateSocket,
  refreshView,
  rootGroup,
  type Show,
  type Socket,
  type SocketId,
  setView,
  type ViewChange,
  viewChanged,
  viewSockets,
} from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import type { WorkspaceParts } from '../base/workspace-parts';
import { type Connection, withDeadline } from '../connection/connection';
import type { Context } from '../context';
import { OpenGroups } from './open-groups';
import type { RowContext } from './row-context';
import { type Changes, type SocketNode, ViewWindow } from './view-window';

/** The number of the one view that a window has. */
const view = 1;
/** Milliseconds that openings are gathered before they are sent. */
const gatherFor = 30;
/** Milliseconds between two looks for an agent, or tries after a failure. */
const lookEvery = 2000;
/** Milliseconds for one answer. */
const answerDeadline = 20_000;

export type ViewState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

export interface Redraw {
  readonly changes: Changes;
  /** Somebody waits for it, or something comes or ends. */
  readonly urgent: boolean;
}

/** What a person chooses. */
export interface Choices {
  readonly filter: string;
  readonly show: Show;
  readonly groupBy: Grouping;
}

export class LiveView implements vscode.Disposable {
  readonly #context: Context;
  readonly #workspace: WorkspaceParts;
  #chosen: Choices;
  readonly window = new ViewWindow();
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<Redraw>());
  readonly #told = this.#disposables.add(new vscode.EventEmitter<ViewChange | undefined>());
  readonly #open = new OpenGroups();
  #now: ViewState = { kind: 'loading' };
  #held: vscode.Disposable | undefined;
  #partner: Connection | undefined;
  #hearing: vscode.Disposable | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #again = false;
  /** Rows to redraw. */
  readonly onDidChange = this.#changed.event;
  /** State, counts or choices may be others now; with what was sent, if something was. Follows every `onDidChange`. */
  readonly onDidUpdate = this.#told.event;

  constructor(context: Context, workspace: WorkspaceParts, chosen: Choices) {
    this.#context = context;
    this.#workspace = workspace;
    this.#chosen = chosen;
    this.#disposables.add(context.link.onDidChange(() => this.#partnerChanged()));
    this.#disposables.add(workspace.onDidChange(() => this.#chosen.show === 'workspace' && this.#askSoon()));
  }

  get state(): ViewState {
    return this.#now;
  }

  get choices(): Choices {
    return this.#chosen;
  }

  get visible(): boolean {
    return this.#held !== undefined;
  }

  get rowContext(): RowContext {
    return { grouping: this.#chosen.groupBy, namespaces: this.window.facts.namespaces };
  }

  /** While it is shown, the connection is held and changes come in. */
  show(visible: boolean): void {
    if (visible === this.visible) return;
    if (visible) {
      this.#held = this.#context.link.hold();
      this.#looking = setInterval(() => this.#look(), lookEvery);
      void this.#ask();
    } else this.#leave();
  }

  /** Resolves when the choices are shown; never rejects. */
  async choose(choices: Partial<Choices>): Promise<void> {
    this.#chosen = { ...this.#chosen, ...choices };
    this.#told.fire(undefined);
    await this.#ask();
  }

  isOpen(group: string): boolean {
    return this.#open.has(group);
  }

  expand(group: string): void {
    if (this.#open.open(group)) this.#askSoon();
  }

  collapse(group: string): void {
    if (this.#open.close(group)) this.#askSoon();
  }

  async more(group: string): Promise<void> {
    this.#open.more(group);
    await this.#ask();
  }

  /** Resolves when a look that began after this call is shown; never rejects. */
  async refresh(): Promise<void> {
    await this.#ask();
    try {
      if (this.#partner?.open && this.visible)
        await this.#request(this.#partner.request(refreshView, { view }));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The row of a socket, after the windows were opened that far; undefined: the view does not show it. */
  async find({ netns, cookie }: SocketId): Promise<SocketNode | undefined> {
    await this.#asked();
    const connection = await this.#context.link.connect();
    const found: Located | null = await this.#request(
      connection.request(locateSocket, { view, socket: { netns, cookie } }),
    );
    if (!found) return undefined;
    this.#open.reach(rootGroup, found.groups);
    this.#open.reach(found.group, found.rows);
    await this.#ask();
    return this.window.row(found.group, found.row);
  }

  /** Every socket of a group, whatever its window. */
  async socketsOf(group: string): Promise<readonly Socket[]> {
    await this.#asked();
    const connection = await this.#context.link.connect();
    const sockets: Socket[] = [];
    let cursor: string | null = null;
    do {
      const page: { readonly sockets: readonly Socket[]; readonly cursor: string | null } =
        await this.#request(
          connection.request(viewSockets, { view, group, ...(cursor === null ? {} : { cursor }) }),
        );
      sockets.push(...page.sockets);
      cursor = page.cursor;
    } while (cursor !== null);
    return sockets;
  }

  dispose(): void {
    this.#leave();
    this.#disposables.dispose();
  }

  #leave(): void {
    clearTimeout(this.#gathering);
    clearInterval(this.#looking);
    this.#hearing?.dispose();
    if (this.#partner?.open) this.#partner.request(closeView, { view }).catch(() => {});
    this.#partner = undefined;
    this.#held?.dispose();
    this.#held = undefined;
  }

  #look(): void {
    if (this.#now.kind === 'failed') void this.#ask();
    else if (this.#context.link.mode !== 'agent') void this.#context.link.agent();
  }

  #partnerChanged(): void {
    this.#told.fire(undefined);
    if (!this.visible || this.#partner?.open) return;
    if (!this.#asking || this.#partner) void this.#ask();
  }

  #askSoon(): void {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => void this.#ask(), gatherFor);
  }

  /** What is gathered is sent first: the agent then knows the view as it is meant. */
  async #asked(): Promise<void> {
    if (this.#asking || !this.#partner?.open) await this.#ask();
  }

  /** Resolves when an answer to all that is wanted by now is in; never rejects. One request at a time. */
  async #ask(): Promise<void> {
    clearTimeout(this.#gathering);
    if (!this.visible) return;
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#askUntilFresh().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askUntilFresh(): Promise<void> {
    do {
      this.#again = false;
      await this.#askOnce();
    } while (this.#again && this.visible);
  }

  async #askOnce(): Promise<void> {
    try {
      const connection = await this.#context.link.connect();
      this.#listenTo(connection);
      const params = { view, ...this.#chosen, workspace: this.#workspace.current, open: this.#open.asked };
      const whole = await this.#request(connection.request(setView, params));
      if (this.#partner === connection) this.#take(this.window.replace(whole), true, whole);
    } catch (error) {
      this.#fail(error);
    }
  }

  #listenTo(connection: Connection): void {
    if (!this.visible || this.#partner === connection) return;
    this.#hearing?.dispose();
    this.#partner = connection;
    this.#hearing = connection.onNotification(viewChanged, (change) => {
      if (change.view !== view || this.#partner !== connection) return;
      const urgent = this.window.isUrgent(change);
      this.#take(this.window.apply(change), urgent, change);
    });
  }

  #take(changes: Changes, urgent: boolean, change: ViewChange): void {
    this.#now = { kind: 'ready' };
    if (changes === 'all' || changes.length > 0) this.#changed.fire({ changes, urgent });
    this.#told.fire(change);
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#now.kind !== 'failed' || this.#now.message !== message)
      this.#context.log.error(`view: ${message}`);
    this.#now = { kind: 'failed', message };
    this.#told.fire(undefined);
  }

  #request<Result>(answer: Promise<Result>): Promise<Result> {
    return withDeadline(answer, answerDeadline, vscode.l10n.t('no answer to a request for the sockets'));
  }
}
