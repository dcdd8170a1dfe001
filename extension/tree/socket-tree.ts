/** The tree in the side bar: rows from the window, title and message. */

import * as vscode from 'vscode';
import { type StartProblem, startProblem } from '../../agent/client/start-problem';
import { lacksSockDiag } from '../../agent/common/namespace-text';
import { type Group, inspectProcess, type ProcessId, processIdOf } from '../../agent/protocol';
import { inEditorWords } from '../base/editor-words';
import { contextKeys, viewId } from '../base/ids';
import { startProblemReason } from '../base/sudo';
import { plain } from '../base/text';
import { withDeadline } from '../connection/connection';
import { type Context, setContext } from '../context';
import type { LiveView, Redraw } from './live-view';
import { runsText } from './process-text';
import { RefreshThrottle } from './refresh-throttle';
import { isForDelete, itemTooltip, treeItem } from './row-item';
import { SelectedRows } from './selected-rows';
import { hasEnded, processesOf } from './sockets';
import { countText, groupingText, messageText, movesRows } from './view-message';
import type { GroupNode, Node, SocketNode, StartNode } from './view-window';

const t = vscode.l10n.t;

/** A tooltip that is late is not read. */
const tooltipTimeoutMs = 1000;

export class SocketTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #context: Context;
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly #view: vscode.TreeView<Node>;
  readonly #throttle = new RefreshThrottle(() => this.#draw());
  /** Changed nodes that the workbench has not been notified of yet. */
  #pending: 'all' | Set<Node> = new Set();
  #urgent = false;
  /** Groups whose first rows the workbench waits for, as they were when it asked. */
  readonly #awaited = new Map<Node, Group>();
  /** The workbench's requests for the first rows, while there are none; undefined: there is no such request. */
  #first: Promise<void> | undefined;
  #answerFirst: (() => void) | undefined;
  /** Undefined: an agent runs, or nothing is known yet. */
  #start: StartNode | undefined;
  /** Why sudo cannot start the agent. */
  #startProblem: StartProblem | undefined;
  /** The message above the rows. */
  message: string | undefined;
  /** Beside the title, drawn with the message, which names the same count. */
  #count = '';
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #selected = new vscode.EventEmitter<readonly Node[]>();
  readonly #selectedRows: SelectedRows;
  readonly onDidChangeSelection = this.#selected.event;

  constructor(
    context: Context,
    readonly live: LiveView,
  ) {
    this.#context = context;
    const { disposables } = context;
    this.#view = disposables.add(
      vscode.window.createTreeView(viewId, {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#selectedRows = new SelectedRows(this.#view, (rows) => {
      setContext(contextKeys.connections, rows.length > 0 && rows.every(isForDelete));
      this.#selected.fire(rows);
    });
    disposables.add(this.#view.onDidChangeVisibility(() => this.#show()));
    disposables.add(this.#view.onDidExpandElement(({ element }) => void live.expand(element.id)));
    disposables.add(this.#view.onDidCollapseElement(({ element }) => live.collapse(element.id)));
    disposables.add(live.onDidChange((redraw) => this.#gather(redraw)));
    disposables.add(live.onDidUpdate(() => this.#describe()));
    this.#show();
  }

  /** What only the visible view needs is not done at the start. */
  #show(): void {
    this.live.show(this.isVisible);
    if (this.isVisible) this.#describe();
  }

  get isVisible(): boolean {
    return this.#view.visible;
  }

  /** Empty while the view is hidden: commands must not act on rows that the user cannot see. */
  get selection(): readonly Node[] {
    return this.isVisible ? this.#view.selection : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    this.#selectedRows.rowIsRead();
    return treeItem(node, this.live.rowContext, this.live.isOpen(node.id));
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      if (this.live.state.kind === 'loading') await this.#untilLoaded();
      this.#drawText(); // before the rows, which a message that comes late would move
    }
    // Of open groups alone; VS Code drops the event of one that is opened while it reads the tree anew.
    if (node?.kind === 'group') await this.#read(node);
    return this.rows(node);
  }

  /** The first rows of a group are the answer to the workbench's request; of a change, it would ask for them once more. */
  async #read(node: GroupNode): Promise<void> {
    const expanded = this.live.expand(node.id);
    if (this.live.window.count(node.id) > 0) return;
    this.#awaited.set(node, node.group);
    await expanded;
    this.#awaited.delete(node);
  }

  rows(node?: Node): Node[] {
    if (!node) return this.#top();
    return node.kind === 'group' ? [...this.live.window.children(node)] : [];
  }

  #untilLoaded(): Promise<void> {
    this.#first ??= new Promise((resolve) => {
      this.#answerFirst = resolve;
    });
    return this.#first;
  }

  /** The groups; without the agent, a row that starts it comes first. */
  #top(): Node[] {
    const groups = this.live.window.children();
    return groups.length > 0 && this.#start ? [this.#start, ...groups] : [...groups];
  }

  getParent(node: Node): Node | undefined {
    return 'parent' in node ? node.parent : undefined;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    item.tooltip = await this.tooltip(node);
    return item;
  }

  /** With the user and the age of the process, which are asked for. */
  async tooltip(node: Node): Promise<string | undefined> {
    const process = onlyProcess(node);
    return itemTooltip(node, this.live.rowContext, process && (await this.#runs(process)));
  }

  /** Undefined: it has ended, or nobody answers in time. */
  async #runs(process: ProcessId): Promise<string | undefined> {
    try {
      const connection = await this.#context.link.connect();
      const asked = connection.request(inspectProcess, processIdOf(process));
      return runsText(t, await withDeadline(asked, tooltipTimeoutMs, ''), Date.now());
    } catch {
      return undefined;
    }
  }

  /** Opens its group, selects it and puts the focus on it. */
  async reveal(node: SocketNode): Promise<void> {
    this.#drawPending();
    await this.#view.reveal(node, { select: true, focus: true });
  }

  async expand(node: Node): Promise<void> {
    this.#drawPending();
    // Its rows come also where VS Code, while it reads the tree anew, does not know what it is to open.
    if (node.kind === 'group') void this.live.expand(node.id);
    await this.#view.reveal(node, { select: false, expand: true });
  }

  dispose(): void {
    this.#throttle.dispose();
    this.#changed.dispose();
    this.#selected.dispose();
  }

  #gather({ changes, urgent }: Redraw): void {
    if (changes === 'all') this.#pending = 'all';
    else if (this.#pending !== 'all')
      for (const node of changes) if (!this.#isAnswer(node)) this.#pending.add(node);
    this.#urgent ||= urgent && !this.#isDrawn;
  }

  /** Nothing has changed of a group but its rows, for which the workbench waits. */
  #isAnswer(node: Node): boolean {
    return node.kind === 'group' && this.#awaited.get(node) === node.group;
  }

  get #isDrawn(): boolean {
    return this.#pending !== 'all' && this.#pending.size === 0 && this.#isDescribed;
  }

  get #isDescribed(): boolean {
    return this.#view.message === this.message && this.#view.description === this.#count;
  }

  /**
   * Of several changes at a time, the workbench draws the first at once, and the others together 200 ms later. Rows come
   * first, unless the message moves them: a click would hit another row. Then a change of nothing comes first.
   */
  #draw(): void {
    const nodes = this.#pending;
    const hasRows = nodes === 'all' || nodes.size > 0;
    this.#pending = new Set();
    this.#urgent = false;
    if (hasRows && movesRows(this.#view.message, this.message)) setMessage(this.#view, this.#view.message);
    if (nodes === 'all') this.#changed.fire(undefined);
    else if (hasRows) this.#changed.fire([...nodes]);
    this.#drawText();
  }

  #drawText(): void {
    if (this.#view.message !== this.message) setMessage(this.#view, this.message);
    if (this.#view.description !== this.#count) this.#view.description = this.#count;
  }

  /** Those that the workbench has asked for already need no change event; their message goes first. */
  #drawFirst(answer: () => void): void {
    this.#answerFirst = undefined;
    this.#pending = new Set();
    this.#throttle.refreshNow();
    answer();
  }

  #drawSoon(): void {
    if (this.#answerFirst) this.#drawFirst(this.#answerFirst);
    else if (!this.#isDrawn) this.#throttle.ask(this.#urgent);
  }

  /** The workbench finds only rows of which it was notified. */
  #drawPending(): void {
    if (!this.#isDrawn) this.#throttle.refreshNow();
  }

  #describe(): void {
    const { state, choices, window } = this.live;
    const { shown, hidden, leftOut } = window.facts;
    const isEmpty = window.groups.length === 0;
    this.#offerStart();
    const title = t('By {0}', groupingText(t, choices.groupBy));
    if (this.#view.title !== title) this.#view.title = title; // VS Code sends even the same
    this.#count = isEmpty && state.kind !== 'ready' ? '' : countText(t, shown);
    // Without rows it would take the place of the welcome text, which has the links.
    this.message = isEmpty
      ? undefined
      : messageText(t, { ...choices, shown, hidden, leftOut, warning: this.#warning() });
    if (state.kind !== 'loading') this.#drawSoon();
    setContext(contextKeys.noSockDiag, lacksSockDiag(window.facts.namespaces));
    setContext(contextKeys.filtered, choices.filter !== '');
    setContext(contextKeys.shows, choices.show);
    setContext(contextKeys.hides, hidden > 0);
    setContext(contextKeys.failure, state.kind === 'failed' ? state.cause : '');
    setContext(contextKeys.view, state.kind !== 'ready' ? state.kind : isEmpty ? 'empty' : 'sockets');
  }

  #offerStart(): void {
    const { mode, skewed } = this.#context.link;
    const restarts = skewed !== null;
    const offers = restarts || mode === 'observer';
    if (offers === (this.#start !== undefined) && restarts === (this.#start?.restarts ?? false)) return;
    this.#start = offers ? { kind: 'start', id: 'start', restarts } : undefined;
    this.#startProblem = offers ? startProblem() : undefined;
    setContext(contextKeys.sudo, this.#startProblem ?? '');
    this.#pending = 'all';
    this.#urgent = true;
  }

  /** What is not seen, and why the agent does not run or cannot be started. */
  #withoutAgent(): string {
    const problem = this.#startProblem;
    return [
      this.#context.link.agentEnded
        ? t('The agent has ended: only your own processes are named now.')
        : t('Without the agent, only your own processes are named.'),
      ...(problem ? [startProblemReason(t, problem)] : []),
    ].join(' ');
  }

  #warning(): string | null {
    const { state, window } = this.live;
    const { mode, refusal, skewed } = this.#context.link;
    const failure = state.kind === 'failed' ? state.message : window.facts.failure;
    if (failure !== null) return t('The last update failed: {0}', plain(inEditorWords(t, failure), 500));
    if (refusal !== null) return t('There may be an agent, but it is not used: {0}', plain(refusal, 500));
    if (skewed) return plain(skewed.text, 500);
    return mode === 'observer' ? this.#withoutAgent() : null;
  }
}

/** The process of a group, or the only owner of a socket. */
function onlyProcess(node: Node): ProcessId | undefined {
  if (node.kind === 'group') return node.group.subject.kind === 'process' ? node.group.subject : undefined;
  if (node.kind !== 'socket' || hasEnded(node.row)) return undefined;
  const [only, another] = processesOf(node.row.socket);
  return another ? undefined : only;
}

/** The API takes no undefined here, the workbench does. */
function setMessage(view: vscode.TreeView<Node>, message: string | undefined): void {
  (view as { message?: string | undefined }).message = message;
}
