/** Show History: TCP connections that opened, failed to open and ended, as they happen; Who Talked to This? of one port. */

import * as vscode from 'vscode';
import { HistoryReader, type ReadHistory } from '../../agent/client/history/read-history';
import { type PortParams, parseHistoryFilter } from '../../agent/protocol';
import type { Launcher } from '../actions/launch';
import { DisposableStore } from '../base/disposables';
import { commands, settings } from '../base/ids';
import { preparePanel } from '../base/page-panel';
import { withStop } from '../base/text';
import type { Connection } from '../connection/connection';
import { listWithNamespaces } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { chosenPort, type PortArguments } from '../ports/chosen-port';
import type { SocketTree } from '../tree/socket-tree';
import { pageHtml } from './history-html';
import { HistoryKeeper } from './history-keeper';
import { readMessage, readState } from './history-message';
import { historyRow, keptText, unkeptStatus } from './history-model';
import {
  type FromPage,
  type HistoryRow,
  maxRows,
  type PageFilter,
  type PageStatus,
  type ToPage,
} from './history-view';
import { portFilter } from './port-filter';

const t = vscode.l10n.t;
const panelType = 'sockscope.history';

/** A page that was closed begins anew. */
const noFilter: PageFilter = { text: '', failedOnly: false };

export class History implements vscode.Disposable {
  readonly #context: Context;
  readonly #launcher: Launcher;
  readonly #keeper: HistoryKeeper;
  readonly #disposables = new DisposableStore();
  #panel: vscode.WebviewPanel | undefined;
  #kept: vscode.Disposable | undefined;
  /** The page has loaded, and gets changes from then on. */
  #isReady = false;
  #filter = noFilter;
  /** Of the present agent and filter. */
  #reader: { readonly agent: Connection; readonly reader: HistoryReader } | undefined;
  #rows: readonly HistoryRow[] = [];
  #status: PageStatus;

  constructor(context: Context, launcher: Launcher, keeper: HistoryKeeper) {
    this.#context = context;
    this.#launcher = launcher;
    this.#keeper = keeper;
    this.#status = this.#statusWithout();
    this.#disposables.add(keeper.onDidChange(() => this.#update()));
    this.#disposables.add(vscode.workspace.onDidChangeConfiguration(() => this.#update()));
  }

  get rows(): readonly HistoryRow[] {
    return this.#rows;
  }

  get status(): string {
    return this.#status.text;
  }

  /** Opens the panel, or brings it to the front; `filter`: in place of the one that it has. */
  show(filter?: string): void {
    if (filter !== undefined) this.#setFilter({ text: filter, failedOnly: false }, false);
    if (this.#panel) this.#panel.reveal();
    else this.#fill(vscode.window.createWebviewPanel(panelType, t('History'), vscode.ViewColumn.Active));
  }

  /** The panel of a window that was reloaded, with what its page has left. */
  revive(panel: vscode.WebviewPanel, state: unknown): void {
    this.#panel?.dispose();
    const filter = readState(state);
    if (filter) this.#setFilter(filter, false);
    this.#fill(panel);
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#disposables.dispose();
  }

  #fill(panel: vscode.WebviewPanel): void {
    const sources = preparePanel(this.#context.extension, panel, 'history');
    panel.onDidDispose(() => this.#closed(panel));
    // A hidden page is destroyed, and sends `ready` when it is shown again.
    panel.onDidChangeViewState(() => {
      this.#isReady &&= panel.visible;
    });
    panel.webview.onDidReceiveMessage((value) => this.#receive(value));
    panel.webview.html = pageHtml(t, sources);
    this.#panel = panel;
    this.#kept ??= this.#keeper.keep();
    this.#update();
  }

  #closed(panel: vscode.WebviewPanel): void {
    if (this.#panel !== panel) return;
    this.#panel = undefined;
    this.#isReady = false;
    this.#kept?.dispose();
    this.#kept = undefined;
    this.#stopReading();
    this.#filter = noFilter;
    this.#rows = [];
  }

  #receive(value: unknown): void {
    const message = readMessage(value);
    if (message) void this.#context.attempt('history', () => this.#answer(message));
    else this.#context.log.warn('history: invalid message from its page');
  }

  async #answer(message: FromPage): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#postFilter(false);
        this.#post({ kind: 'rows', rows: this.#rows, fresh: true });
        this.#post({ kind: 'status', status: this.#status });
        return;
      case 'filter':
        return this.#setFilter(message, true);
      case 'startAgent':
        await this.#launcher.start();
        return;
      case 'always':
        await vscode.workspace
          .getConfiguration()
          .update(settings.history, true, vscode.ConfigurationTarget.Global);
    }
  }

  /** `isOwn`: it comes from the page. */
  #setFilter({ text, failedOnly }: PageFilter, isOwn: boolean): void {
    const isSame = text === this.#filter.text && failedOnly === this.#filter.failedOnly;
    this.#filter = { text, failedOnly };
    this.#postFilter(isOwn);
    if (isSame) return;
    this.#stopReading();
    this.#update();
  }

  #stopReading(): void {
    this.#reader?.reader.stop();
    this.#reader = undefined;
  }

  #postFilter(isOwn: boolean): void {
    const parsed = parseHistoryFilter(this.#filter.text);
    const mistake = parsed.ok ? '' : parsed.message;
    this.#post({ kind: 'filter', filter: this.#filter, mistake, isOwn });
  }

  /** Reads what there is more, or from the beginning. */
  #update(): void {
    if (!this.#panel) return;
    const { agent } = this.#keeper;
    if (!agent) this.#setStatus(this.#statusWithout());
    if (!agent || !parseHistoryFilter(this.#filter.text).ok) return;
    if (this.#reader?.agent !== agent) {
      this.#stopReading();
      this.#reader = { agent, reader: this.#readFrom(agent) };
    }
    const { reader } = this.#reader;
    reader.read().catch((error) => this.#readFailed(reader, error));
  }

  #readFailed(reader: HistoryReader, error: unknown): void {
    // One that was stopped, or whose agent has gone, which is said already.
    if (this.#reader?.reader !== reader || !this.#reader.agent.open) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#context.log.warn(`history: ${message}`);
    const text = t('The history could not be read: {0}', withStop(t, message));
    this.#setStatus({ text, offersAgent: false, offersAlways: false });
  }

  #readFrom(agent: Connection): HistoryReader {
    let fresh = true;
    const reader = new HistoryReader(agent, { filter: this.#filter.text }, (read) => {
      if (this.#reader?.reader !== reader) return;
      this.#take(read, fresh);
      fresh = false;
    });
    return reader;
  }

  #take(read: ReadHistory, fresh: boolean): void {
    const { failedOnly } = this.#filter;
    const asked = read.connections.filter(({ event }) => !failedOnly || event === 'failed');
    const rows = asked.slice(-maxRows).map((connection) => historyRow(t, connection));
    const byId = new Map((fresh ? [] : this.#rows).map((row) => [row.id, row]));
    for (const row of rows) {
      // At the end, which is the newest.
      byId.delete(row.id);
      byId.set(row.id, row);
    }
    this.#rows = [...byId.values()].slice(-maxRows);
    if (fresh || rows.length > 0) this.#post({ kind: 'rows', rows, fresh });
    const always = vscode.workspace.getConfiguration().get<boolean>(settings.history) === true;
    this.#setStatus({ text: keptText(t, read), offersAgent: false, offersAlways: !always });
  }

  #statusWithout(): PageStatus {
    const { refusal, skewed } = this.#context.link;
    return unkeptStatus(t, { failure: this.#keeper.failure, refusal, skewed: skewed?.text ?? null });
  }

  #setStatus(status: PageStatus): void {
    this.#status = status;
    this.#post({ kind: 'status', status });
  }

  #post(message: ToPage): void {
    if (this.#isReady) void this.#panel?.webview.postMessage(message);
  }
}

export function activate(context: Context, tree: SocketTree, launcher: Launcher): History {
  const keeper = context.disposables.add(new HistoryKeeper(context));
  const history = context.disposables.add(new History(context, launcher, keeper));
  keepBySetting(context, keeper);
  context.disposables.add(
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: async (panel, state: unknown) => history.revive(panel, state),
    }),
  );
  context.command(commands.showHistory, () => history.show());
  context.command(commands.whoTalked, async (...args: PortArguments) => {
    const chosen = await chosenPort(context, tree, t('Who Talked to This?'), ...args);
    if (chosen.protocol !== 'tcp') {
      const text = t('The history has TCP connections only, and port {0} is UDP.', chosen.port);
      void context.toast('info', text, []);
      throw new Cancelled();
    }
    history.show(await filterOf(context, chosen));
  });
  return history;
}

async function filterOf({ link }: Context, chosen: PortParams): Promise<string> {
  const { sockets, namespaces } = await listWithNamespaces(
    await link.connect(),
    `:${chosen.port} proto:tcp state:listen`,
  );
  const netns = chosen.netns ?? namespaces.find(({ own }) => own)?.netns;
  if (netns === undefined) throw new Error(t('The network namespace of this machine is not known.'));
  return portFilter(chosen, netns, sockets);
}

function keepBySetting(context: Context, keeper: HistoryKeeper): void {
  let kept: vscode.Disposable | undefined;
  const apply = () => {
    const wanted = vscode.workspace.getConfiguration().get<boolean>(settings.history) === true;
    if (wanted) kept ??= keeper.keep();
    else {
      kept?.dispose();
      kept = undefined;
    }
  };
  context.disposables.add(vscode.workspace.onDidChangeConfiguration(apply));
  apply();
}
