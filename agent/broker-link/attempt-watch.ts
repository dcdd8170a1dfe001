/** Shares the one watch that the broker has among all who wait for connects: what each gets is what passes its own filter. */

import type { AttemptEvent, AttemptFilter, ConnectEvent } from './attempt-records';
import type { Broker } from './broker';

export interface AttemptWatcher {
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

  /** Resolves with how to end it, once events come. Errors: kernelRefused, brokerLost. */
  async watch(watcher: AttemptWatcher): Promise<() => Promise<void>> {
    if (this.#watchers.size === 0) this.#broker.on('attempt', this.#onAttempt);
    this.#watchers.add(watcher);
    const leave = () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#broker.off('attempt', this.#onAttempt);
      return this.#apply().catch((error) => console.error(`The connect hooks stay: ${String(error)}`));
    };
    try {
      await this.#apply();
    } catch (error) {
      await leave();
      throw error;
    }
    return leave;
  }

  #apply(): Promise<void> {
    const applied = this.#last.then(() => {
      const filters = [...this.#watchers].map(({ filter }) => filter);
      return filters.length > 0 ? this.#broker.watchAttempts(union(filters)) : this.#broker.unwatchAttempts();
    });
    this.#last = applied.catch(() => {});
    return applied;
  }
}

/** What lets through all that one of them does: the hook compares each part with one value. */
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

/** Only connects say what they are about; who follows them knows the cookies of his own. */
function passes(filter: AttemptFilter, event: AttemptEvent): boolean {
  return event.kind === 'connect' ? passesConnect(filter, event) : filter.follows;
}

function passesConnect({ netns, protocol, remotePort }: AttemptFilter, event: ConnectEvent): boolean {
  return (
    (netns === undefined || netns === event.netns) &&
    (protocol === undefined || protocol === event.protocol) &&
    (remotePort === undefined || remotePort === event.remote.port)
  );
}
