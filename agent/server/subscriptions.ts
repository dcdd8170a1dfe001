/** What one client watches, from its first request to the end of its connection. */

import type { NotificationType } from 'vscode-jsonrpc';
import { matcher } from '../inventory/filter-match';
import type { SeenSocket } from '../inventory/inventory';
import { View, type ViewSource } from '../live/view';
import { Watch } from '../live/watch';
import {
  type Container,
  ErrorCode,
  type Filter,
  limits,
  type Namespace,
  outagesChanged,
  protocolError,
  socketsChanged,
  type ViewChange,
  type ViewParams,
  viewChanged,
  type WatchResult,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import type { Service } from './service';

/** Sends a notification; resolves when the client has taken it. */
export type Notify = <P>(type: NotificationType<P>, params: P) => Promise<void>;

interface OpenView {
  readonly view: View;
  /** Resolves when it can be computed. */
  readonly opened: Promise<void>;
}

export class Subscriptions {
  readonly #service: Service;
  readonly #client: ClientIdentity;
  readonly #notify: Notify;
  readonly #containers = new Map<string, string>();
  readonly #views = new Map<number, OpenView>();
  /** What ends each view and watch. */
  readonly #stops = new Map<string, () => void>();
  readonly #unlisten: (() => void) | undefined;
  #watches = 0;
  #over = false;

  constructor(service: Service, client: ClientIdentity, notify: Notify) {
    this.#service = service;
    this.#client = client;
    this.#notify = notify;
    this.#unlisten = service.outages?.listen((outages) => void this.tell(outagesChanged, { outages }));
  }

  /** Sends a notification, unless the connection is over. */
  async tell<P>(type: NotificationType<P>, params: P): Promise<void> {
    if (!this.#over) await this.#notify(type, params).catch(() => {});
  }

  /** The client has gone. */
  get over(): boolean {
    return this.#over;
  }

  /** Opens the view, or has it show something else. */
  async setView(params: ViewParams, filter: Filter): Promise<ViewChange> {
    const known = this.#views.get(params.view);
    if (known) {
      await known.opened;
      return known.view.set(params, filter);
    }
    const view = new View(this.#viewSource(), params, filter);
    const open = { view, opened: this.#watchWith(`view/${params.view}`, view) };
    this.#views.set(params.view, open);
    try {
      await open.opened;
      return view.whole();
    } catch (error) {
      if (this.#views.get(params.view) === open) this.#views.delete(params.view);
      throw error;
    }
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
      send: (changes) => void this.#notify(socketsChanged, { watch, changes }).catch(() => {}),
    });
    await this.#watchWith(`watch/${watch}`, watcher);
    watcher.open();
    return { watch, source: this.#service.context.live.source };
  }

  unwatch(watch: number): void {
    this.#stop(`watch/${watch}`);
  }

  nameContainers(containers: readonly { readonly id: string; readonly name: string }[]): void {
    for (const { id, name } of containers) this.#containers.set(id, name);
    for (const { view } of this.#views.values()) view.faded();
  }

  /** With the container's name, where the client told it. */
  named(seen: SeenSocket): SeenSocket {
    if (this.#containers.size === 0) return seen;
    const container = this.#called(seen.socket.container);
    return container === seen.socket.container ? seen : { ...seen, socket: { ...seen.socket, container } };
  }

  namespaces(namespaces: readonly Namespace[]): readonly Namespace[] {
    return namespaces.map((namespace) => ({ ...namespace, container: this.#called(namespace.container) }));
  }

  /** The client has gone. */
  end(): void {
    this.#over = true;
    this.#unlisten?.();
    this.#service.outages?.endOf(this);
    for (const number of [...this.#views.keys()]) this.closeView(number);
    for (const name of [...this.#stops.keys()]) this.#stop(name);
  }

  #called(container: Container | null): Container | null {
    const name = container && this.#containers.get(container.id);
    return container && name ? { ...container, name } : container;
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
      send: (change) => this.#notify(viewChanged, change),
    };
  }

  async #watchWith(name: string, watcher: View | Watch): Promise<void> {
    if (this.#stops.size >= limits.views)
      throw protocolError(ErrorCode.busy, `More than ${limits.views} views and watches: close some first`);
    const opening = () => {};
    this.#stops.set(name, opening);
    try {
      const stop = await this.#service.context.live.watch(watcher);
      // Closed while it was opened, and perhaps opened again.
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
