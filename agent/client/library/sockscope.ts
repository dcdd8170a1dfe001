/** The API for test suites: one object for each connection to an agent. */

import type {
  AgentInfo,
  DestroyedSocket,
  DrillEvent,
  DrillResult,
  Socket,
  SocketChange,
} from '../../protocol';
import { listAll } from '../list-all';
import type { ReadLiveness } from '../liveness/read-liveness';
import { type Abortable, abortable } from './abort';
import type { AgentConnection } from './agent-connection';
import { type DegradeOptions, degrade, type StartedDegrade } from './degrade';
import { type DestroyOptions, destroy, find } from './destroy';
import { type DrillOptions, drill, drillEvents } from './drill';
import { liveness } from './liveness';
import { type OutageOptions, outage, type StartedOutage } from './outage';
import { KnownConnections, type ReconnectOptions, waitForReconnect } from './reconnect';
import { watchChanges } from './watch';

/**
 * Filters are those of the command line: terms such as `remote:6379` and `pid:42` that must all match, commas for alternatives,
 * `-` to negate. All methods reject with SockscopeError, or with the reason of the signal that they got. Call close(): until
 * then the connection keeps the process running.
 */
export class Sockscope implements AsyncDisposable {
  readonly #connection: AgentConnection;
  /** Connections before the last destroy or outage. */
  #before = KnownConnections.none();

  /** @internal Created by connect(). */
  constructor(connection: AgentConnection) {
    this.#connection = connection;
  }

  /** Version, mode, scope and engines of the agent. */
  get info(): AgentInfo {
    return this.#connection.info;
  }

  /** Every socket that matches now; without a filter, all. Errors: invalidFilter, brokerLost, lost. */
  async list(filter = '', { signal }: Abortable = {}): Promise<readonly Socket[]> {
    signal?.throwIfAborted();
    const connection = this.#connection;
    const listing = connection.prepare(filter).then(() => listAll(connection, filter));
    return (await abortable(signal, listing)).sockets;
  }

  /**
   * Aborts what a filter matches, or sockets from list(), and checks the result; their processes live on. Resolves with one
   * result for each target; see `outcome` and `message`. Errors: invalidFilter, readOnly, needsAgent, brokerLost, lost.
   */
  async destroy(
    what: string | readonly Socket[],
    options: DestroyOptions = {},
  ): Promise<readonly DestroyedSocket[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    const connection = this.#connection;
    const finding =
      typeof what === 'string'
        ? find(connection, what)
        : KnownConnections.around(connection, what).then((before) => ({ sockets: what, before }));
    const { sockets, before } = await abortable(signal, finding);
    this.#before = before;
    return abortable(signal, destroy(connection, sockets, options));
  }

  /**
   * Destroys what matches, round by round, and measures how it reconnects; times in milliseconds. An abort ends it after the
   * present round. Errors: invalidFilter, invalidParams, readOnly, needsAgent, kernelRefused, brokerLost, lost.
   */
  drill(filter: string, options: DrillOptions = {}): Promise<DrillResult> {
    return drill(this.#connection, filter, options);
  }

  /** As drill(), with an event for each step; the generator returns the result. Leaving the loop ends the drill. */
  drillEvents(filter: string, options: DrillOptions = {}): AsyncGenerator<DrillEvent, DrillResult, void> {
    return drillEvents(this.#connection, filter, options);
  }

  /**
   * Holds a remote down until its time is over, it is stopped, or this client is closed. Errors: invalidFilter, invalidParams,
   * notFound, readOnly, needsAgent, busy, kernelRefused, brokerLost, lost.
   */
  async outage(filter: string, options: OutageOptions): Promise<StartedOutage> {
    options.signal?.throwIfAborted();
    this.#before = await abortable(options.signal, KnownConnections.around(this.#connection, filter));
    return outage(this.#connection, filter, options);
  }

  /**
   * Lets packets of what matches vanish, or makes it slow, until its time is over, it is stopped, or this client is closed; nothing is
   * destroyed. Its result has what was measured. Errors: as for outage().
   */
  degrade(filter: string, options: DegradeOptions): Promise<StartedDegrade> {
    return degrade(this.#connection, filter, options);
  }

  /**
   * Resolves with the first established connection that matches and was made since the last destroy() or outage() of this
   * object. Where that was of certain ports (of a filter that names them or processes, or of listed sockets), connections of other
   * ports count from this call on; before any of them, all do. Errors: notReconnected after `within`. Connections that live for less than
   * 100 ms may be missed; use drill() to measure times.
   */
  async waitForReconnect(filter: string, options: ReconnectOptions): Promise<Socket> {
    options.signal?.throwIfAborted();
    const known = this.#before;
    await abortable(options.signal, known.complete(this.#connection, filter));
    const socket = await waitForReconnect(this.#connection, filter, known, options);
    known.add(socket);
    return socket;
  }

  /**
   * Changes of sockets, with the reason for each close, until the loop is left or the signal aborted. Resolves when the agent
   * watches:
   * `for await (const change of await sockscope.events('remote:6379'))`
   */
  events(filter = '', options: Abortable = {}): Promise<AsyncGenerator<SocketChange, void, void>> {
    return watchChanges(this.#connection, filter, options);
  }

  /**
   * After how long the TCP connections that match would give up a dead peer, the worst first, as the kernel's timers have it. Errors:
   * invalidFilter, needsAgent, kernelRefused, brokerLost, lost.
   */
  async liveness(filter: string, { signal }: Abortable = {}): Promise<ReadLiveness> {
    signal?.throwIfAborted();
    return abortable(signal, liveness(this.#connection, filter));
  }

  /** Ends the connection, and with it its drills and the outages that are not detached. */
  close(): void {
    this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
