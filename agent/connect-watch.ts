/** Shares the broker's connect hooks: attached while anybody watches, and only then. */

import type { Broker } from './broker';
import type { ConnectRecord } from './records';

export class ConnectWatch {
  readonly #broker: Broker;
  readonly #watchers = new Set<(record: ConnectRecord) => void>();

  constructor(broker: Broker) {
    this.#broker = broker;
    broker.on('connect', (record) => {
      for (const watcher of this.#watchers) watcher(record);
    });
  }

  /** Calls `watcher` for each connect() from now on, until the returned function is called. */
  async watch(watcher: (record: ConnectRecord) => void): Promise<() => Promise<void>> {
    this.#watchers.add(watcher);
    const stop = async () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) await this.#broker.unwatchConnects();
    };
    try {
      if (this.#watchers.size === 1) await this.#broker.watchConnects();
    } catch (error) {
      this.#watchers.delete(watcher);
      throw error;
    }
    return stop;
  }
}
