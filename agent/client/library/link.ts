/** The connection to the agent as the parts of this library use it. */

import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import {
  type AgentInfo,
  type DrillEvent,
  drillProgress,
  parseFilter,
  type SocketChange,
  socketsChanged,
} from '../../protocol';
import type { Client } from '../connect';
import type { Requester } from '../requester';
import { tellContainers } from '../tell-containers';
import { SockscopeError, toSockscopeError } from './errors';
import { Queues } from './queue';

export class Link implements Requester {
  readonly changes = new Queues<SocketChange>();
  readonly drills = new Queues<DrillEvent>();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    client.on(socketsChanged, ({ watch, changes }) => this.changes.of(watch).push(...changes));
    client.on(drillProgress, ({ drill, event }) => this.drills.known(drill)?.push(event));
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

  /** To be called before a filter is used: only this side knows what containers are called. */
  async prepare(filter: string): Promise<void> {
    const parsed = parseFilter(filter);
    if (parsed.ok && parsed.filter.some(({ key }) => key === 'container')) await tellContainers(this);
  }

  close(): void {
    this.#client.close();
    this.#end('This client is closed');
  }

  #end(message: string): void {
    const error = new SockscopeError('lost', message);
    for (const queues of [this.changes, this.drills]) queues.endAll(error);
  }
}
