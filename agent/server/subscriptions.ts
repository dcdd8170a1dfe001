/** The views, watches and container names of one client, until its connection ends. */

import type { NotificationType } from 'vscode-jsonrpc';
import { SharedRun } from '../common/shared-run';
import { inOneSlice } from '../common/slices';
import { matcher } from '../inventory/filter-match';
import type { SeenSocket } from '../inventory/inventory';
import { needsDirectories, View, type ViewSource } from '../live/view';
import { Watch } from '../live/watch';
import {
  ErrorCode,
  type Filter,
  historyChanged,
  limits,
  type Namespace,
  outagesChanged,
  type PackedChange,
  packChange,
  protocolError,
  socketsChanged,
  type ViewParams,
  viewChanged,
  type WatchResult,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { ContainerNames, type NamedContainers } from './container-names';
import type { Service } from './service';

/** Sends a notification; resolves when the client has received it. */
type Notify = <P>(type: NotificationType<P>, params: P) => Promise<void>;

interface OpenView {
  readonly view: View;
  /** Resolves after the first scan, and after whatever earlier parameters had to wait for. */
  ready: Promise<void>;
}

export class Subscriptions {
  readonly names = new ContainerNames();
  readonly #service: Service;
  readonly #client: ClientIdentity;
  readonly #send: Notify;
  readonly #views = new Map<number, OpenView>();
  /** Functions that end each view and watch. */
  readonly #stops = new Map<string, () => void>();
  readonly #stopListening: (() => void) | undefined;
  #watches = 0;
  #over = false;
  readonly #refreshes = new SharedRun(() => this.#refreshViews());

  constructor(service: Service, client: ClientIdentity, send: Notify) {
    this.#service = service;
    this.#client = client;
    this.#send = send;
    this.#stopListening = service.outages?.onChange(
      (outages) => void this.notify(outagesChanged, { outages }),
    );
  }

  /** Sends a notification, unless the connection is over. */
  async notify<P>(type: NotificationType<P>, params: P): Promise<void> {
    if (!this.#over) await this.#send(type, params).catch(() => {});
  }

  /** The client has disconnected. */
  get over(): boolean {
    return this.#over;
  }

  /** Opens a view, or changes its parameters. */
  async setView(params: ViewParams, filter: Filter): Promise<PackedChange> {
    const known = this.#views.get(params.view);
    if (known) {
      // One after the other: the last parameters win.
      known.ready = known.ready.then(() => this.#prepare(params));
      await known.ready;
      return inOneSlice(() => packChange(known.view.set(params, filter)));
    }
    const view = new View(this.#viewSource(), params, filter);
    const open = { view, ready: this.#watchWith(`view/${params.view}`, view) };
    this.#views.set(params.view, open);
    try {
      await open.ready;
      return await inOneSlice(() => packChange(view.whole()));
    } catch (error) {
      if (this.#views.get(params.view) === open) this.#views.delete(params.view);
      throw error;
    }
  }

  /** Where the directories cannot be read, the next scan says so. */
  async #prepare(params: ViewParams): Promise<void> {
    const { live } = this.#service.context;
    if (needsDirectories(params)) await live.updateDirectories().catch(() => {});
  }

  /** Throws cursorExpired where there is no such view. */
  view(number: number): View {
    const open = this.#views.get(number);
    if (!open) throw protocolError(ErrorCode.cursorExpired, 'This view is closed: open it again');
    return open.view;
  }

  closeView(number: number): void {
    this.#views.get(number)?.view.close();
    this.#views.delete(number);
    this.#stop(`view/${number}`);
  }

  async watch(filter: Filter): Promise<WatchResult> {
    const watch = ++this.#watches;
    const watcher = new Watch({
      matches: matcher(filter),
      named: (seen) => this.named(seen),
      send: (changes) => void this.#send(socketsChanged, { watch, changes }).catch(() => {}),
    });
    await this.#watchWith(`watch/${watch}`, watcher);
    watcher.open();
    return { watch, source: this.#service.context.live.source };
  }

  unwatch(watch: number): void {
    this.#stop(`watch/${watch}`);
  }

  /** Until it is released, or the client has disconnected. */
  async keepHistory(): Promise<void> {
    if (this.#stops.has('history')) return;
    // One at a time, however slowly the client reads.
    let sending = false;
    const changed = () => {
      if (sending) return;
      sending = true;
      void this.notify(historyChanged, {}).finally(() => {
        sending = false;
      });
    };
    await this.#stopWith('history', () => this.#service.context.requireHistory().keep({ changed }));
  }

  releaseHistory(): void {
    this.#stop('history');
  }

  /** Resolves when the views show the names. */
  async nameContainers(containers: NamedContainers): Promise<void> {
    if (this.names.add(containers)) await this.#refreshes.next();
  }

  /** One after the other, with requests of others in between. */
  async #refreshViews(): Promise<void> {
    for (const [number, open] of [...this.#views])
      await inOneSlice(() => this.#views.get(number) === open && open.view.refresh());
  }

  /** The socket with the container names that the client sent. */
  named(seen: SeenSocket): SeenSocket {
    return this.names.named(seen);
  }

  namespaces(namespaces: readonly Namespace[]): readonly Namespace[] {
    return this.names.namespaces(namespaces);
  }

  /** Call when the client has disconnected. */
  end(): void {
    this.#over = true;
    this.#stopListening?.();
    this.#service.outages?.endOf(this);
    this.#service.captures?.endOf(this);
    for (const number of [...this.#views.keys()]) this.closeView(number);
    for (const name of [...this.#stops.keys()]) this.#stop(name);
  }

  #viewSource(): ViewSource {
    const { live, scanner } = this.#service.context;
    return {
      live,
      own: scanner.own,
      processes: scanner.processes,
      client: this.#client,
      named: (seen) => this.named(seen),
      namespaces: (namespaces) => this.namespaces(namespaces),
      send: (change) => this.#send(viewChanged, packChange(change)),
    };
  }

  #watchWith(name: string, watcher: View | Watch): Promise<void> {
    return this.#stopWith(name, () => this.#service.context.live.watch(watcher));
  }

  /** `begin` resolves with the function that ends it. */
  async #stopWith(name: string, begin: () => Promise<() => void>): Promise<void> {
    if (this.#stops.size >= limits.views)
      throw protocolError(ErrorCode.busy, `More than ${limits.views} views and watches: close some first`);
    const opening = () => {};
    this.#stops.set(name, opening);
    try {
      const stop = await begin();
      // It was closed meanwhile, and perhaps opened again.
      if (this.#over || this.#stops.get(name) !== opening) stop();
      else this.#stops.set(name, stop);
    } catch (error) {
      if (this.#stops.get(name) === opening) this.#stops.delete(name);
      throw error;
    }
  }

  #stop(name: string): void {
    this.#stops.get(name)?.();
    this.#stops.delete(name);
  }
}
