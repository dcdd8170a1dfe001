/**
 * The machine as it changes: one inventory for all who watch. The first event is followed by a look at once, further ones by
 * at most one look in 100 ms; a look every two seconds finds what no event tells. While nobody watches, nothing runs.
 */

import type { Broker } from '../broker-link/broker';
import type { Inventory } from '../inventory/inventory';
import type { Scanner } from '../inventory/scanner';
import type { ChangeSource } from '../protocol';
import { type Difference, difference } from './difference';
import { Marks } from './marks';
import { PortMemory } from './port-memory';

/** Milliseconds between two looks that events ask for. */
const shortest = 100;
/** Milliseconds after which there is a look, events or not. */
const slow = 2000;
/** Milliseconds: marks that run out together are taken away together. */
const fadeEvery = 50;
/** A look that takes long is followed by a pause of this many times as long. */
const restFactor = 4;

export interface Look extends Difference {
  readonly inventory: Inventory;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Watcher {
  /** After each look. */
  looked(look: Look): void;
  /** Marks have run out since. */
  faded(): void;
  /** The last look failed; the next one is tried all the same. */
  failed(message: string): void;
}

export class Live {
  readonly marks = new Marks();
  readonly ports = new PortMemory();
  readonly #scanner: Scanner;
  readonly #events: Broker | null;
  readonly #watchers = new Set<Watcher>();
  #inventory: Inventory | null = null;
  #looking: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #fading: NodeJS.Timeout | undefined;
  /** When the last look was over, and what it took, in milliseconds. */
  #last = { end: 0, took: 0 };
  #asked = false;
  #attached: Promise<void> = Promise.resolve();
  /** The kernel's events come. */
  #told = false;
  readonly #onChanged = () => this.#ask();

  /** `events`: the broker, where it can tell that something changed. */
  constructor(scanner: Scanner, events: Broker | null) {
    this.#scanner = scanner;
    this.#events = events;
  }

  get source(): ChangeSource {
    return this.#told ? 'events' : 'polling';
  }

  /** What the last look saw; null before the first. */
  get inventory(): Inventory | null {
    return this.#inventory;
  }

  /** Watches until the returned function is called, from a first look on. Errors: brokerLost, kernelRefused. */
  async watch(watcher: Watcher): Promise<() => void> {
    if (this.#watchers.size === 0) this.#attach();
    this.#watchers.add(watcher);
    try {
      await this.#attached;
      await this.look();
      return () => this.#leave(watcher);
    } catch (error) {
      this.#leave(watcher);
      throw error;
    }
  }

  /** A look that begins after this call, shared with all who ask meanwhile. Errors: brokerLost, kernelRefused. */
  look(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#looking) return this.#start();
    this.#next = this.#looking
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#asked = false;
    this.#looking = this.#take().finally(() => {
      this.#looking = null;
      this.#schedule();
    });
    return this.#looking;
  }

  async #take(): Promise<void> {
    const at = Date.now();
    try {
      const inventory = await this.#scanner.scan();
      if (this.#watchers.size > 0) this.#tell(inventory, at);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      for (const watcher of [...this.#watchers]) watcher.failed(message);
      throw error;
    } finally {
      const end = Date.now();
      this.#last = { end, took: end - at };
    }
  }

  #tell(inventory: Inventory, at: number): void {
    const { ends } = this.#scanner;
    const found = difference(this.#inventory, inventory, ends, this.#told);
    this.ports.learn(
      this.#inventory ? [...found.added, ...found.changed.map(({ now }) => now)] : inventory.all(),
    );
    this.ports.learn(found.closed.map(({ seen }) => seen));
    this.#inventory = inventory;
    this.marks.mark(found, ends);
    for (const watcher of [...this.#watchers]) watcher.looked({ ...found, inventory, at });
    this.#fade();
  }

  /** Waits for the next mark to run out. */
  #fade(): void {
    clearTimeout(this.#fading);
    const next = this.marks.nextEnd();
    if (next === null || this.#watchers.size === 0) return;
    this.#fading = setTimeout(
      () => {
        this.marks.expire();
        for (const watcher of [...this.#watchers]) watcher.faded();
        this.#fade();
      },
      Math.max(fadeEvery, next - Date.now()),
    );
  }

  /** An event came. */
  #ask(): void {
    this.#asked = true;
    if (!this.#looking) this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#watchers.size === 0 || this.#next) return;
    const { end, took } = this.#last;
    const pause = Math.max(this.#asked ? shortest : slow, restFactor * took);
    this.#timer = setTimeout(() => void this.look().catch(() => {}), Math.max(0, end + pause - Date.now()));
  }

  #attach(): void {
    const broker = this.#events;
    if (!broker) return;
    broker.on('changed', this.#onChanged);
    this.#attached = this.#attached
      .then(() => broker.watchEvents())
      .then(() => {
        this.#told = true;
      })
      .catch((error) => console.error(`Without events, by polling: ${String(error)}`));
  }

  #leave(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
    clearTimeout(this.#timer);
    clearTimeout(this.#fading);
    this.#inventory = null;
    this.marks.clear();
    this.#scanner.ends.clear();
    const broker = this.#events;
    if (!broker) return;
    broker.off('changed', this.#onChanged);
    this.#attached = this.#attached
      .then(() => {
        this.#told = false;
        return broker.unwatchEvents();
      })
      .catch((error) => console.error(`The events stay: ${String(error)}`));
  }
}
