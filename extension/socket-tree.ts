/** The view: rows from the store, what its title and message say, and its commands. */

import * as vscode from 'vscode';
import { type Context, setContext } from './context';
import { commands, contextKeys, memory, viewId } from './ids';
import { itemTooltip, treeItem } from './socket-item';
import { type Grouping, groupings, type Node } from './socket-model';
import { SocketStore } from './socket-store';
import type { Surroundings } from './socket-text';
import { plain } from './text';

const t = vscode.l10n.t;

export class SocketTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node[] | undefined>();
  private readonly view: vscode.TreeView<Node>;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly context: Context,
    readonly store: SocketStore,
  ) {
    const { bag } = context;
    this.view = bag.add(
      vscode.window.createTreeView(viewId, {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    bag.add(this.view.onDidChangeVisibility(({ visible }) => store.watch(visible)));
    bag.add(store.onDidChange((changes) => this.changed.fire(changes === 'all' ? undefined : [...changes])));
    bag.add(store.onDidLook(() => this.describe()));
    store.watch(this.view.visible);
    this.describe();
  }

  /** Nothing while the view is hidden: nobody sees then what is selected. */
  get selection(): readonly Node[] {
    return this.view.visible ? this.view.selection : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItem(node, this.surroundings);
  }

  getChildren(node?: Node): Node[] {
    if (!node) return [...this.store.model.roots];
    return node.kind === 'group' ? [...node.sockets] : [];
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    item.tooltip = itemTooltip(node, this.surroundings);
    return item;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private get surroundings(): Surroundings {
    const { model } = this.store;
    return { grouping: model.grouping, netns: this.store.netns, find: (id) => model.find(id) };
  }

  private describe(): void {
    const { state, filter, model } = this.store;
    const message = this.message();
    this.view.title = titles[model.grouping];
    this.view.description = state.kind === 'loading' ? '' : this.count;
    if (this.view.message !== message) setMessage(this.view, message);
    setContext(contextKeys.filtered, filter !== '');
    setContext(
      contextKeys.view,
      state.kind !== 'ready' ? state.kind : model.size === 0 ? 'empty' : 'sockets',
    );
  }

  /**
   * The description is not seen while this is the only view of its container, so what matters is here. Without rows
   * there is none: it would take the place of the welcome text, which has the links.
   */
  private message(): string | undefined {
    if (this.store.model.size === 0) return undefined;
    const lines = [this.warning(), this.filterText()].filter((line) => line !== undefined);
    return lines.length > 0 ? lines.join('\n') : undefined;
  }

  private filterText(): string | undefined {
    const { filter } = this.store;
    return filter === '' ? undefined : t('Filter {0}: {1}', plain(filter), this.count);
  }

  private get count(): string {
    const { size } = this.store.model;
    return size === 1 ? t('1 socket') : t('{0} sockets', size);
  }

  private warning(): string | undefined {
    const { state } = this.store;
    const { mode, info, refusal } = this.context.link;
    if (state.kind === 'failed') return t('The last look failed: {0}', plain(state.message, 500));
    if (refusal !== null) return t('There may be an agent, but it is not used: {0}', plain(refusal, 500));
    if (mode === 'observer')
      return t(
        'Without the agent only your own processes are named. Start Agent (key icon above) names all and can destroy.',
      );
    if (mode === 'agent' && info && info.version !== this.version)
      return t(
        'The agent is version {0} and this extension {1}: stop the agent and start it again.',
        plain(info.version),
        this.version,
      );
    return undefined;
  }

  private get version(): string {
    return this.context.extension.extension.packageJSON.version;
  }
}

/** Makes the view and its commands. */
export function activate(context: Context): SocketTree {
  const state = context.extension.workspaceState;
  const remembered = groupings.find((grouping) => grouping === state.get(memory.grouping));
  const store = context.bag.add(new SocketStore(context, remembered ?? 'process'));
  const tree = context.bag.add(new SocketTree(context, store));
  context.command(commands.refresh, () => {
    context.link.retryNow();
    return store.refresh();
  });
  context.command(commands.cycleGrouping, async () => {
    const next = nextGrouping(store.model.grouping);
    store.setGrouping(next);
    await state.update(memory.grouping, next);
    return next;
  });
  context.command(commands.showLog, () => context.log.show());
  return tree;
}

function nextGrouping(grouping: Grouping): Grouping {
  return groupings[(groupings.indexOf(grouping) + 1) % groupings.length] ?? 'process';
}

const titles: Record<Grouping, string> = {
  process: t('By Process'),
  port: t('By Port'),
  remote: t('By Remote'),
};

/** The API takes no undefined here, the workbench does. */
function setMessage(view: vscode.TreeView<Node>, message: string | undefined): void {
  (view as { message?: string | undefined }).message = message;
}
