/** Reconnects: the runs of this window and those read from files, and the panel that shows them. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { DrillEvent, DrillParams, DrillResult } from '../../../agent/protocol';
import { DisposableStore } from '../../base/disposables';
import { commands } from '../../base/ids';
import { preparePanel } from '../../base/page-panel';
import { plain } from '../../base/text';
import { Cancelled, type Context } from '../../context';
import { exportText, exportTo } from './export-run';
import { closeOrphans } from './orphans';
import { RunStore } from './run-store';
import { pageHtml } from './timeline-html';
import { roundView, runHead, runView } from './timeline-model';
import { fromResult, LiveRun, type Run } from './timeline-run';
import type { ExportFormat, FromPage, RunView, ToPage } from './timeline-view';

const t = vscode.l10n.t;

/** Changes of a running drill are posted to the page together after this time. */
const batchMs = 150;
const panelType = 'sockscope.reconnects';
/** The oldest runs are removed. */
const maxRuns = 50;

/** Takes the events and the result of a drill. */
interface RunKeeper {
  take(event: DrillEvent): void;
  finish(result: DrillResult): void;
  /** There will be no result. */
  break(): void;
}

export class Timeline implements vscode.Disposable {
  readonly #context: Context;
  readonly #disposables = new DisposableStore();
  readonly #runs = new Map<number, { run(): Run; stop: (() => void) | null }>();
  #nextId = 1;
  #panel: vscode.WebviewPanel | undefined;
  /** The page has loaded, and gets changes from then on. */
  #isReady = false;
  /** Changed rounds that were not posted yet, by run. */
  readonly #pending = new Map<number, Set<number>>();
  #postTimer: NodeJS.Timeout | undefined;
  /** The newest run, until the page has selected it. */
  #newest: number | null = null;

  readonly #store: RunStore;
  #restoring: Promise<void> | undefined;

  constructor(context: Context) {
    this.#context = context;
    const { storageUri, globalStorageUri } = context.extension;
    this.#store = new RunStore(vscode.Uri.joinPath(storageUri ?? globalStorageUri, 'runs'));
  }

  get views(): readonly RunView[] {
    return [...this.#runs.values()].map(({ run }) => runView(t, run(), Date.now()));
  }

  /** Opens the panel with a new run; `stop` ends the drill. */
  begin(params: DrillParams, stop: () => void): RunKeeper {
    const live = new LiveRun(this.#nextId++, params);
    const entry: { run(): Run; stop: (() => void) | null } = { run: () => live.run, stop };
    this.#keep(live.id, entry);
    const ended = () => {
      entry.stop = null;
      // A round that was stopped is not part of the result.
      this.#postAll();
    };
    return {
      take: (event) => this.#changed(live.id, live.take(event)),
      finish: (result) => {
        live.finish(result);
        ended();
        void this.#context.attempt('store run', () => this.#store.add(result));
      },
      break: () => {
        live.break();
        ended();
      },
    };
  }

  /** Opens the panel, or brings it to the front. */
  show(): void {
    void this.#restore();
    if (this.#panel) this.#panel.reveal(undefined, true);
    else this.#panel = this.#open();
  }

  /** The panel of a window that was reloaded. */
  async revive(panel: vscode.WebviewPanel): Promise<void> {
    await this.#restore();
    this.#panel?.dispose();
    this.#panel = this.#fill(panel);
  }

  /** The runs of earlier windows, once. */
  #restore(): Promise<void> {
    this.#restoring ??= this.#load();
    return this.#restoring;
  }

  async #load(): Promise<void> {
    const results = await this.#store.load();
    const own = [...this.#runs];
    this.#runs.clear();
    for (const result of results) {
      const run = fromResult(this.#nextId++, result, result.cancelled ? 'cancelled' : 'done', null);
      this.#runs.set(run.id, { run: () => run, stop: null });
    }
    for (const [id, entry] of own) this.#runs.set(id, entry);
    this.#postAll();
  }

  /** Reads a saved run, or those of a scenario, and shows them; rejects for an invalid file. */
  async read(uri: vscode.Uri): Promise<void> {
    const name = plain(basename(uri.path), 60);
    const { maxFileBytes, readRuns } = await import('./timeline-file'); // late: with all of valibot
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > maxFileBytes) throw new Error(t('{0} is too large for a saved run.', name));
    const read = readRuns(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    if (!read.ok) {
      this.#context.log.info(`${name} is not a saved run: ${plain(read.reason)}`);
      throw new Error(
        t(
          '{0} is not a saved run. Export JSON writes one, and so do sockscope drill and run with --json.',
          name,
        ),
      );
    }
    for (const { result, step } of read.runs.slice(-maxRuns)) {
      const file = step === null ? name : plain(`${name} ${step}`, 100);
      const run = fromResult(this.#nextId++, result, 'saved', file);
      this.#keep(run.id, { run: () => run, stop: null });
    }
  }

  /** Writes a run to a file; rejects for an unknown id. */
  async write(id: number, format: ExportFormat, uri: vscode.Uri): Promise<void> {
    const text = exportText(this.#runOf(id), format);
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  }

  /** Handles a message from the page. */
  async answer(message: FromPage): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        return this.#postAll();
      case 'open':
        for (const uri of await askFiles()) await this.read(uri);
        return;
      case 'stop':
        return this.#runs.get(message.run)?.stop?.();
      case 'export':
        return exportTo(this.#context, this.#runOf(message.run), message.format, (uri) =>
          this.write(message.run, message.format, uri),
        );
      case 'image':
        return exportTo(this.#context, this.#runOf(message.run), 'png', (uri) =>
          vscode.workspace.fs.writeFile(uri, Buffer.from(message.png, 'base64')),
        );
    }
  }

  dispose(): void {
    clearTimeout(this.#postTimer);
    this.#panel?.dispose();
    this.#disposables.dispose();
  }

  #runOf(id: number): Run {
    const found = this.#runs.get(id);
    if (!found) throw new Error(t('That run is not kept any more.'));
    return found.run();
  }

  #keep(id: number, entry: { run(): Run; stop: (() => void) | null }): void {
    this.#runs.set(id, entry);
    for (const [old, { stop }] of this.#runs) if (this.#runs.size > maxRuns && !stop) this.#runs.delete(old);
    this.#newest = id;
    this.show();
    this.#postAll();
  }

  #open(): vscode.WebviewPanel {
    return this.#fill(
      vscode.window.createWebviewPanel(panelType, t('Reconnects'), {
        viewColumn: vscode.ViewColumn.Active,
        preserveFocus: true,
      }),
    );
  }

  #fill(panel: vscode.WebviewPanel): vscode.WebviewPanel {
    const sources = preparePanel(this.#context.extension, panel, 'timeline');
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#isReady = false;
    });
    // A hidden page is destroyed, and sends `ready` when it is shown again.
    panel.onDidChangeViewState(() => {
      this.#isReady &&= panel.visible;
    });
    panel.webview.onDidReceiveMessage(
      (value) => void this.#context.attempt('timeline', () => this.#receive(value)),
    );
    panel.webview.html = pageHtml(t, sources);
    return panel;
  }

  async #receive(value: unknown): Promise<void> {
    const { readMessage } = await import('./timeline-message'); // late, likewise
    const message = readMessage(value);
    if (!message) {
      this.#context.log.warn('timeline: invalid message from its page');
      return;
    }
    await this.answer(message);
  }

  #changed(id: number, round: number): void {
    this.#pending.set(id, (this.#pending.get(id) ?? new Set()).add(round));
    this.#postTimer ??= setTimeout(() => {
      this.#postTimer = undefined;
      this.#postPending();
    }, batchMs);
  }

  #postPending(): void {
    for (const [id, rounds] of this.#pending) {
      const run = this.#runs.get(id)?.run();
      if (!run) continue;
      const head = runHead(t, run, Date.now());
      for (const [index, { round }] of run.rounds.entries())
        if (rounds.has(round)) this.#post({ kind: 'round', head, round: roundView(t, run, index) });
    }
    this.#pending.clear();
  }

  #postAll(): void {
    this.#pending.clear();
    if (!this.#isReady) return;
    this.#post({ kind: 'runs', runs: this.views, show: this.#newest });
    this.#newest = null;
  }

  #post(message: ToPage): void {
    if (this.#isReady) void this.#panel?.webview.postMessage(message);
  }
}

async function askFiles(): Promise<readonly vscode.Uri[]> {
  const files = await vscode.window.showOpenDialog({
    title: t('Open Saved Run'),
    canSelectMany: true,
    filters: { JSON: ['json'] },
  });
  if (!files) throw new Cancelled();
  return files;
}

export function activate(context: Context): Timeline {
  const timeline = context.disposables.add(new Timeline(context));
  context.disposables.add(
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: (panel) => timeline.revive(panel),
    }),
  );
  void context.attempt('timeline', async () => {
    if (await closeOrphans(context.extension.workspaceState, panelType)) timeline.show();
  });
  context.command(commands.showTimeline, async (file?: vscode.Uri) => {
    if (file instanceof vscode.Uri) await timeline.read(file);
    else timeline.show();
  });
  return timeline;
}
