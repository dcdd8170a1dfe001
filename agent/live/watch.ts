/** One client's watch: every change that matches a filter, as it is found. */

import type { SeenSocket } from '../inventory/inventory';
import { limits, type Socket, type SocketChange } from '../protocol';
import type { Look, Watcher } from './live';

export interface WatchSource {
  readonly matches: (socket: Socket) => boolean;
  /** With the names that the client gave to containers. */
  named(seen: SeenSocket): SeenSocket;
  send(changes: readonly SocketChange[]): void;
}

export class Watch implements Watcher {
  readonly #source: WatchSource;
  /** Nothing is sent before the client knows its number. */
  #open = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  open(): void {
    this.#open = true;
  }

  looked(look: Look): void {
    if (!this.#open) return;
    const changes = [...this.#changes(look)];
    for (let start = 0; start < changes.length; start += limits.listPage)
      this.#source.send(changes.slice(start, start + limits.listPage));
  }

  faded(): void {}

  /** The next look that succeeds tells all that changed meanwhile. */
  failed(): void {}

  *#changes({ added, changed, closed, at: when }: Look): Generator<SocketChange> {
    const at = new Date(when).toISOString();
    const { matches } = this.#source;
    const named = (seen: SeenSocket) => this.#source.named(seen).socket;
    for (const seen of added) {
      const socket = named(seen);
      if (matches(socket)) yield { event: 'added', at, socket, reason: null };
    }
    for (const { before, now } of changed) {
      const [was, is] = [named(before), named(now)];
      if (matches(is)) yield { event: matches(was) ? 'changed' : 'added', at, socket: is, reason: null };
      else if (matches(was)) yield { event: 'closed', at, socket: was, reason: 'unknown' };
    }
    for (const { seen, reason } of closed) {
      const socket = named(seen);
      if (matches(socket)) yield { event: 'closed', at, socket, reason };
    }
  }
}
