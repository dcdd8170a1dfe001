/** Shares the broker's single watch of connects among several watchers, each with its own filter. */

import { everybody, onBehalfOf } from '../common/on-behalf';
import type { AttemptEvent, AttemptFilter, ConnectEvent } from './attempt-records';
import type { Broker } from './broker';

interface AttemptWatcher {
  readonly filter: AttemptFilter;
  readonly onEvent: (event: AttemptEvent) => void;
}

export class AttemptWatch {
  readonly #broker: Broker;
  readonly #watchers = new Set<AttemptWatcher>();
  /** Attaching and detaching run one after the other. */
  #last: Promise<void> = Promise.resolve();
  readonly #onAttempt = (event: AttemptEvent) => {
    for (const { filter, onEvent } of [...this.#watchers]) if (passes(filter, event)) onEvent(event);
  };

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Resolves once the hooks are attached, with a function that ends the watch. Errors: kernelRefused, brokerLost. */
  async watch(watcher: AttemptWatcher): Promise<() => Promise<void>> {
    if (this.#watchers.size === 0) this.#broker.on('attempt', this.#onAttempt);
    this.#watchers.add(watcher);
    const unwatch = () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#broker.off('attempt', this.#onAttempt);
      return this.#apply().catch((error) =>
        console.error(`The connect hooks could not be changed: ${String(error)}`),
      );
    };
    try {
      await this.#apply();
    } catch (error) {
      await unwatch();
      throw error;
    }
    return unwatch;
  }

  #apply(): Promise<void> {
    const applied = this.#last.then(() => {
      const filters = [...this.#watchers].map(({ filter }) => filter);
      return onBehalfOf(everybody, () =>
        filters.length > 0 ? this.#broker.watchAttempts(union(filters)) : this.#broker.unwatchAttempts(),
      );
    });
    this.#last = applied.catch(() => {});
    return applied;
  }
}

/** The narrowest filter that matches whatever one of these matches: the hook compares each part with one value. */
function union(filters: readonly AttemptFilter[]): AttemptFilter {
  const common = <Part extends 'netns' | 'protocol' | 'remotePort'>(part: Part) => {
    const [first] = filters;
    const value = first?.[part];
    return value !== undefined && filters.every((filter) => filter[part] === value) ? { [part]: value } : {};
  };
  return {
    follows: filters.some(({ follows }) => follows),
    watchedOnly: filters.every(({ watchedOnly }) => watchedOnly),
    ...common('netns'),
    ...common('protocol'),
    ...common('remotePort'),
  };
}

/** Only connects carry an endpoint; a watcher selects later events by the cookies of its connects. */
function passes(filter: AttemptFilter, event: AttemptEvent): boolean {
  if (event.kind === 'lost') return true;
  return event.kind === 'connect' ? passesConnect(filter, event) : filter.follows;
}

function passesConnect({ netns, protocol, remotePort }: AttemptFilter, event: ConnectEvent): boolean {
  return (
    (netns === undefined || netns === event.netns) &&
    (protocol === undefined || protocol === event.protocol) &&
    (remotePort === undefined || remotePort === event.remote.port)
  );
}
