/** The tree in the side bar: rows from the window, and what its title and message say. */

import * as vscode from 'vscode';
import { type Context, setContext } from './context';
import { contextKeys, viewId } from './ids';
import type { LiveView } from './live-view';
import { itemTooltip, treeItem } from './row-item';
import { plain } from './text';
import { countText, groupingText, messageText } from './view-message';
import type { Node, SocketNode } from './view-window';

const t = vscode.l10n.t;

export class SocketTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node[] | undefined>();
  private readonly view: vscode.TreeView<Node>;
  readonly onDidChangeTreeData = this.changed.event;
  readonly onDidChangeSelection: vscode.Event<vscode.TreeViewSelectionChangeEvent<Node>>;

  constructor(
    private readonly context: Context,
    readonly live: LiveView,
  ) {
    const { bag } = context;
    this.view = bag.add(
      vscode.window.createTreeView(viewId, {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.onDidChangeSelection = this.view.onDidChangeSelection;
    bag.add(this.view.onDidChangeVisibility(({ visible }) => live.show(visible)));
    bag.add(this.view.onDidExpandElement(({ element }) => live.expand(element.id)));
    bag.add(this.view.onDidCollapseElement(({ element }) => live.collapse(element.id)));
    bag.add(live.onDidChange((changes) => this.changed.fire(changes === 'all' ? undefined : [...changes])));
    bag.add(live.onDidUpdate(() => this.describe()));
    live.show(this.view.visible);
    this.describe();
  }

  /** Nothing while the view is hidden: nobody sees then what is selected. */
  get selection(): readonly Node[] {
    return this.view.visible ? this.view.selection : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItem(node, this.live.surroundings, this.live.isOpen(node.id));
  }

  getChildren(node?: Node): Node[] {
    if (!node) return [...this.live.window.children()];
    return node.kind === 'group' ? [...this.live.window.children(node)] : [];
  }

  getParent(node: Node): Node | undefined {
    return node.kind === 'group' ? undefined : node.parent;
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    item.tooltip = itemTooltip(node, this.live.surroundings);
    return item;
  }

  /** Opens what it is in, selects it and puts the focus on it. */
  async reveal(node: SocketNode): Promise<void> {
    await this.view.reveal(node, { select: true, focus: true });
  }

  async expand(node: Node): Promise<void> {
    await this.view.reveal(node, { select: false, expand: true });
  }

  /** What stands above the rows. */
  get message(): string | undefined {
    return this.view.message;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private describe(): void {
    const { state, choices, window } = this.live;
    const { shown, hidden } = window.facts;
    const isEmpty = window.groups.length === 0;
    this.view.title = t('By {0}', groupingText(t, choices.groupBy));
    this.view.description = state.kind === 'loading' ? '' : countText(t, shown);
    // Without rows it would take the place of the welcome text, which has the links.
    setMessage(
      this.view,
      isEmpty ? undefined : messageText(t, { ...choices, shown, hidden, warning: this.warning() }),
    );
    setContext(contextKeys.filtered, choices.filter !== '');
    setContext(contextKeys.shows, choices.show);
    setContext(contextKeys.hides, hidden > 0);
    setContext(contextKeys.view, state.kind !== 'ready' ? state.kind : isEmpty ? 'empty' : 'sockets');
  }

  private warning(): string | null {
    const { state, window } = this.live;
    const { mode, info, refusal } = this.context.link;
    const failure = state.kind === 'failed' ? state.message : window.facts.failure;
    if (failure !== null) return t('The last look failed: {0}', plain(failure, 500));
    if (refusal !== null) return t('There may be an agent, but it is not used: {0}', plain(refusal, 500));
    if (mode === 'observer')
      return t('Without the agent only your own processes are named. Start Agent: key icon above.');
    if (mode === 'agent' && info && info.version !== this.version)
      return t(
        'The agent is version {0} and this extension {1}: stop the agent and start it again.',
        plain(info.version),
        this.version,
      );
    return null;
  }

  private get version(): string {
    return this.context.extension.extension.packageJSON.version;
  }
}

/** The API takes no undefined here, the workbench does. */
function setMessage(view: vscode.TreeView<Node>, message: string | undefined): void {
  if (view.message !== message) (view as { message?: string | undefined }).message = message;
}
