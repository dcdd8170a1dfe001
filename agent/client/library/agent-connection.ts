/** The library's connection to the agent: errors as SockscopeError, notifications as queues. */

import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import {
  type AgentInfo,
  type DrillEvent,
  degradeStarted,
  drillProgress,
  type Outage,
  parseFilter,
  type SocketChange,
  socketsChanged,
} from '../../protocol';
import type { Client } from '../connect';
import { sendContainerNames } from '../container-names';
import type { Requester } from '../requester';
import { SockscopeError, toSockscopeError } from './errors';
import { Queues } from './queue';

export class AgentConnection implements Requester {
  readonly changes = new Queues<SocketChange>();
  readonly drills = new Queues<DrillEvent>();
  /** Each gets one item: the state at its start. */
  readonly degrades = new Queues<Outage>();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    client.on(socketsChanged, ({ watch, changes }) => this.changes.of(watch).push(...changes));
    client.on(drillProgress, ({ drill, event }) => this.drills.existing(drill)?.push(event));
    client.on(degradeStarted, ({ degrade, outage }) => this.degrades.existing(degrade)?.push(outage));
    void client.closed().then(() => this.#end('The agent has hung up'));
  }

  get info(): AgentInfo {
    return this.#client.info;
  }

  /** Rejects with SockscopeError. */
  async request<P, R>(type: RequestType<P, R, void>, params: P, token?: CancellationToken): Promise<R> {
    try {
      return await this.#client.request(type, params, token);
    } catch (error) {
      throw toSockscopeError(error);
    }
  }

  /** Call it before a filter is sent: the agent knows names of containers only from its clients. */
  async prepare(filter: string): Promise<void> {
    const parsed = parseFilter(filter);
    if (parsed.ok && parsed.filter.some(({ key }) => key === 'container')) await sendContainerNames(this);
  }

  close(): void {
    this.#client.close();
    this.#end('This client is closed');
  }

  #end(message: string): void {
    const error = new SockscopeError('lost', message);
    for (const queues of [this.changes, this.drills, this.degrades]) queues.endAll(error);
  }
}
