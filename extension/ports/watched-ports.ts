/**
 * The status bar item that shows when the ports of a setting become free or busy. The agent or observer notifies of each
 * socket that takes or leaves one of them, and then all are listed once. Nothing runs while the setting is empty.
 */

import * as vscode from 'vscode';
import { socketsChanged, unwatchSockets, watchSockets } from '../../agent/protocol';
import { DisposableStore } from '../base/disposables';
import { commands, settings } from '../base/ids';
import { forQuickPick } from '../base/text';
import type { Connection } from '../connection/connection';
import { listWithNamespaces } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { factsOf, holderFilter, isBusy, type PortFacts } from './port-facts';
import { type StatusText, statusText, type Watched, watchedPorts, watchedText } from './watched-text';

const t = vscode.l10n.t;

const retryMs = 5000;

/** Watches the ports of one value of the setting. */
class PortWatch implements vscode.Disposable {
  readonly #context: Context;
  readonly #watched: Watched;
  readonly #disposables = new DisposableStore();
  readonly #item = this.#disposables.add(
    vscode.window.createStatusBarItem('sockscope.watchedPorts', vscode.StatusBarAlignment.Left),
  );
  #connection: Connection | undefined;
  #checking: Promise<void> | undefined;
  #outdated = false;
  #retry: NodeJS.Timeout | undefined;
  #over = false;
  #failure: string | undefined;
  readonly #since = new Map<number, Date>();
  #facts: ReadonlyMap<number, PortFacts> | undefined;
  /** Text of the status bar item. */
  status: StatusText;

  constructor(context: Context, watched: Watched) {
    this.#context = context;
    this.#watched = watched;
    this.#item.name = t('Watched Ports');
    this.#item.command = commands.watchedPorts;
    this.status = this.#show();
    this.#item.show();
    if (watched.ports.length === 0) return;
    this.#disposables.add(context.link.hold());
    this.#disposables.add(context.link.onDidChange(() => this.#linkChanged()));
    this.#disposables.add(
      vscode.window.onDidChangeWindowState(({ focused }) => focused && void context.link.agent()),
    );
    this.#check();
  }

  /** A line for each port, as in the tooltip. */
  get lines(): readonly { readonly port: number; readonly text: string }[] {
    return this.#watched.ports.map((port) => ({
      port,
      text: watchedText(t, port, this.#facts?.get(port), this.#since.get(port)),
    }));
  }

  dispose(): void {
    this.#over = true;
    clearTimeout(this.#retry);
    this.#disposables.dispose();
  }

  /** Also called for the first connection, which the running check makes. */
  #linkChanged(): void {
    if (this.#connection ? !this.#connection.open : !this.#checking) this.#check();
  }

  /** Checks now, or once more after the running check. */
  #check(): void {
    clearTimeout(this.#retry);
    if (this.#checking) {
      this.#outdated = true;
      return;
    }
    this.#checking = this.#checkUntilCurrent().finally(() => {
      this.#checking = undefined;
    });
  }

  async #checkUntilCurrent(): Promise<void> {
    do {
      this.#outdated = false;
      await this.#checkOnce();
    } while (this.#outdated && !this.#over);
  }

  async #checkOnce(): Promise<void> {
    try {
      const connection = await this.#context.link.connect();
      await this.#subscribe(connection);
      const { ports } = this.#watched;
      const { sockets, namespaces } = await listWithNamespaces(connection, holderFilter(ports));
      this.#take(factsOf(ports, sockets, namespaces));
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Before the list is read, so that no change is missed between the two. */
  async #subscribe(connection: Connection): Promise<void> {
    if (this.#over || this.#connection === connection) return;
    const subscription = this.#disposables.add(
      connection.onNotification(socketsChanged, () => this.#check()),
    );
    try {
      const { watch } = await connection.request(watchSockets, { filter: holderFilter(this.#watched.ports) });
      this.#connection = connection;
      this.#disposables.add({ dispose: () => void end(connection, watch) });
    } catch (error) {
      // A disposed watch has disposed the subscription, and another watch may have one by now.
      if (!this.#over) subscription.dispose();
      throw error;
    }
  }

  #take(facts: ReadonlyMap<number, PortFacts>): void {
    if (this.#over) return;
    clearTimeout(this.#retry);
    for (const [port, now] of facts) {
      const before = this.#facts?.get(port);
      if (before && isBusy(before) !== isBusy(now)) this.#since.set(port, new Date());
    }
    this.#facts = facts;
    this.#failure = undefined;
    this.status = this.#show();
  }

  #fail(message: string): void {
    if (this.#over) return;
    if (message !== this.#failure) this.#context.log.warn(`watched ports: ${message}`);
    this.#failure = message;
    this.#facts = undefined;
    this.#since.clear();
    clearTimeout(this.#retry);
    this.status = this.#show();
    this.#retry = setTimeout(() => this.#check(), retryMs);
  }

  #show(): StatusText {
    const status = statusText(t, {
      ...this.#watched,
      facts: this.#facts,
      failure: this.#failure,
      since: this.#since,
    });
    this.#item.text = status.text;
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.label, role: 'button' };
    return status;
  }
}

async function end(connection: Connection, watch: number): Promise<void> {
  if (connection.open) await connection.request(unwatchSockets, { watch }).catch(() => {});
}

export class WatchedPorts implements vscode.Disposable {
  readonly #context: Context;
  #watch: PortWatch | undefined;
  #setting = '[]';

  constructor(context: Context) {
    this.#context = context;
  }

  /** Text of the status bar item; undefined: there is none. */
  get status(): StatusText | undefined {
    return this.#watch?.status;
  }

  /** Reads the setting, and watches its ports. */
  read(): void {
    const value: unknown = vscode.workspace.getConfiguration().get(settings.watchedPorts);
    const setting = JSON.stringify(value ?? []);
    if (setting === this.#setting) return;
    this.#setting = setting;
    this.#watch?.dispose();
    const watched = watchedPorts(t, value);
    for (const mistake of watched.mistakes) this.#context.log.warn(`${settings.watchedPorts}: ${mistake}`);
    this.#watch =
      watched.ports.length + watched.mistakes.length > 0 ? new PortWatch(this.#context, watched) : undefined;
  }

  /** Asks for a port, and whether to explain or to free it. */
  async pick(): Promise<void> {
    const lines = this.#watch?.lines ?? [];
    if (lines.length === 0) return openSetting();
    const items = lines.map(({ port, text }) => ({ label: forQuickPick(text), port }));
    const edit = { label: `$(gear) ${t('Edit Watched Ports...')}`, port: null };
    const picked = await vscode.window.showQuickPick([...items, edit], { title: t('Watched Ports') });
    if (!picked) throw new Cancelled();
    if (picked.port === null) return openSetting();
    const act = await vscode.window.showQuickPick(
      [
        {
          label: t('Why'),
          detail: t('Shows the holders of this port and the results of trial binds'),
          id: commands.whyBusy,
        },
        { label: t('Free'), detail: t('Shows a plan first, and asks'), id: commands.freePort },
      ],
      { title: t('Port {0}', String(picked.port)) },
    );
    if (!act) throw new Cancelled();
    await vscode.commands.executeCommand(act.id, picked.port);
  }

  dispose(): void {
    this.#watch?.dispose();
  }
}

async function openSetting(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', settings.watchedPorts);
}

export function activate(context: Context): WatchedPorts {
  const ports = context.disposables.add(new WatchedPorts(context));
  context.disposables.add(
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settings.watchedPorts) && ports.read(),
    ),
  );
  context.command(commands.watchedPorts, () => ports.pick());
  ports.read();
  return ports;
}
