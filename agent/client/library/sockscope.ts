/** What a test suite does with sockets: one object for each connection to an agent. */

import type {
  AgentInfo,
  DestroyedSocket,
  DrillEvent,
  DrillResult,
  Socket,
  SocketChange,
} from '../../protocol';
import { listAll } from '../list-all';
import { type Abortable, abortable } from './abort';
import { type DestroyOptions, destroy } from './destroy';
import { type DrillOptions, drill, drillEvents } from './drill';
import type { Link } from './link';
import { type HeldOutage, type OutageOptions, outage } from './outage';
import { Known, type ReconnectOptions, waitForReconnect } from './reconnect';
import { watchChanges } from './watch';

/**
 * Filters are those of the command line: terms such as `remote:6379` and `pid:42` that must all hold, commas for alternatives,
 * `-` for not. What is told is what the agent saw. Everything rejects with SockscopeError, or with the reason of the signal that
 * it was given. Close it: until then it keeps the process running.
 */
export class Sockscope implements AsyncDisposable {
  readonly #link: Link;
  /** What there was before the last destroy or outage; null: there was none yet. */
  #before: Known | null = null;

  /** @internal connect() makes them. */
  constructor(link: Link) {
    this.#link = link;
  }

  /** Who answers, and what it may do. */
  get info(): AgentInfo {
    return this.#link.info;
  }

  /** Every socket that matches, now; without a filter, all. */
  async list(filter = '', { signal }: Abortable = {}): Promise<readonly Socket[]> {
    signal?.throwIfAborted();
    const link = this.#link;
    const look = link.prepare(filter).then(() => listAll(link, filter));
    return (await abortable(signal, look)).sockets;
  }

  /** Aborts what a filter matches, or sockets from list(), and looks again; one result for each. Their processes live on. */
  async destroy(
    what: string | readonly Socket[],
    options: DestroyOptions = {},
  ): Promise<readonly DestroyedSocket[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.#before = await abortable(signal, Known.now(this.#link));
    return abortable(signal, destroy(this.#link, what, options));
  }

  /** Destroys what matches, round after round, and measures how it comes back. An abort ends it after the round it is in. */
  drill(filter: string, options: DrillOptions = {}): Promise<DrillResult> {
    return drill(this.#link, filter, options);
  }

  /** As drill(), told as it happens; the generator returns the result. Leaving the loop ends the drill. */
  drillEvents(filter: string, options: DrillOptions = {}): AsyncGenerator<DrillEvent, DrillResult, void> {
    return drillEvents(this.#link, filter, options);
  }

  /** Holds a remote down: for its time, until it is stopped, or until this client is closed. */
  async outage(filter: string, options: OutageOptions): Promise<HeldOutage> {
    options.signal?.throwIfAborted();
    this.#before = await abortable(options.signal, Known.now(this.#link));
    return outage(this.#link, filter, options);
  }

  /**
   * Resolves with the first connection that matches, is established, and was made since the last destroy() or outage() of this
   * object; where there was none, since this call. Rejects (notReconnected) after the given time. Connections that live for less
   * than a tenth of a second may be missed; how long it took is measured by drill().
   */
  async waitForReconnect(filter: string, options: ReconnectOptions): Promise<Socket> {
    options.signal?.throwIfAborted();
    const known = this.#before ?? (await abortable(options.signal, Known.now(this.#link)));
    const socket = await waitForReconnect(this.#link, filter, known, options);
    known.add(socket);
    return socket;
  }

  /**
   * What comes, changes and is closed, and why, until the loop is left or the signal aborted. Resolves when the agent watches:
   * `for await (const change of await sockscope.events('remote:6379'))`
   */
  events(filter = '', options: Abortable = {}): Promise<AsyncGenerator<SocketChange, void, void>> {
    return watchChanges(this.#link, filter, options);
  }

  /** Ends the connection, and with it drills and outages that are not detached. */
  close(): void {
    this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
