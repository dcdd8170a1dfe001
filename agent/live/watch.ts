/** One client's watch: sends every change that matches a filter. */

import type { SeenSocket } from '../inventory/inventory';
import { jsonSize, pageEnd } from '../inventory/json-size';
import { MptcpSockets } from '../inventory/mptcp';
import type { Socket, SocketChange } from '../protocol';
import type { ScanResult, Watcher } from './live';

interface WatchSource {
  readonly matches: (socket: Socket) => boolean;
  /** The socket with the container names that the client sent. */
  named(seen: SeenSocket): SeenSocket;
  send(changes: readonly SocketChange[]): void;
}

export class Watch implements Watcher {
  readonly #source: WatchSource;
  /** True once the client knows the number of the watch; before, nothing is sent. */
  #open = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  open(): void {
    this.#open = true;
  }

  scanned(result: ScanResult): void {
    if (!this.#open) return;
    const changes = [...this.#changes(result)];
    for (let start = 0; start < changes.length; ) {
      const end = pageEnd(changes, start, ({ socket }) => jsonSize(socket));
      this.#source.send(changes.slice(start, end));
      start = end;
    }
  }

  refresh(): void {}

  /** The next scan that succeeds reports all changes since the last one. */
  failed(): void {}

  *#changes(result: ScanResult): Generator<SocketChange> {
    const { added, changed, closed, at: when } = result;
    const at = new Date(when).toISOString();
    const { matches } = this.#source;
    const mptcp = this.#mptcpOf(result);
    const named = (seen: SeenSocket) => this.#source.named(mptcp.withPeer(seen)).socket;
    for (const seen of added) {
      const socket = named(seen);
      if (matches(socket) && !mptcp.isPath(seen)) yield { event: 'added', at, socket, reason: null };
    }
    for (const { before, now } of changed) {
      const [was, is] = [named(before), named(now)];
      if (mptcp.isPath(now)) continue;
      if (matches(is)) yield { event: matches(was) ? 'changed' : 'added', at, socket: is, reason: null };
      else if (matches(was)) yield { event: 'closed', at, socket: was, reason: 'unknown' };
    }
    for (const { seen, reason } of closed) {
      const socket = named(seen);
      if (matches(socket) && !mptcp.isPath(seen)) yield { event: 'closed', at, socket, reason };
    }
  }

  /** Of the sockets that match, open or just closed. */
  #mptcpOf({ inventory, added, changed, closed }: ScanResult): MptcpSockets {
    const gone = closed.map(({ seen }) => seen);
    if (![...added, ...changed.map(({ now }) => now), ...gone].some(({ record }) => record.mptcp))
      return new MptcpSockets([]);
    const all = [...inventory.all(), ...gone];
    return new MptcpSockets(all.filter((seen) => this.#source.matches(this.#source.named(seen).socket)));
  }
}
