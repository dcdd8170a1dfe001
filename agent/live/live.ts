/**
 * Scans the machine again and again for all watchers. The first event leads to a scan at once, further ones to at most one in
 * 100 ms; a scan every two seconds finds what no event reports. Without watchers, nothing runs.
 */

import type { Broker } from '../broker-link/broker';
import { everybody, onBehalfOf } from '../common/on-behalf';
import { inOneSlice } from '../common/slices';
import type { Inventory } from '../inventory/inventory';
import type { Scanner } from '../inventory/scanner';
import type { ChangeSource } from '../protocol';
import { type Difference, difference } from './difference';
import { Marks } from './marks';
import { PortMemory } from './port-memory';
import { Traffic } from './traffic';
import { Places } from './view-groups';
import { ViewRows } from './view-rows';

/** Between two scans after events. */
const minScanIntervalMs = 100;
/** Between two scans without events. */
const pollIntervalMs = 2000;
/** Marks that expire within this time are removed together. */
const minFadeDelayMs = 50;
/** After a scan, the pause is at least this many times its duration. */
const pauseFactor = 4;

export interface ScanResult extends Difference {
  readonly inventory: Inventory;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Watcher {
  /** Whether it asks for working directories. */
  readonly needsDirectories?: boolean;
  /** Whether it asks for bytes per second. */
  readonly needsTraffic?: boolean;
  /** Called after each scan. */
  scanned(result: ScanResult): void;
  /** Marks have expired, or containers got names. */
  refresh(): void;
  /** A scan failed; the next one is made all the same. */
  failed(message: string): void;
}

export class Live {
  readonly marks = new Marks();
  readonly ports = new PortMemory();
  readonly places = new Places();
  readonly viewRows = new ViewRows();
  readonly traffic = new Traffic();
  readonly #scanner: Scanner;
  readonly #events: Broker | null;
  readonly #watchers = new Set<Watcher>();
  #inventory: Inventory | null = null;
  #scanning: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #scanTimer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
  /** The last scan: its end (monotonic milliseconds) and its duration. */
  #last = { end: Number.NEGATIVE_INFINITY, tookMs: 0 };
  #changePending = false;
  #attached: Promise<void> = Promise.resolve();
  #eventsWatched = false;
  readonly #onEvent = () => {
    this.#changePending = true;
    if (!this.#scanning) this.#schedule();
  };

  /** `events`: the broker, where it can watch the kernel's events. */
  constructor(scanner: Scanner, events: Broker | null) {
    this.#scanner = scanner;
    this.#events = events;
  }

  get source(): ChangeSource {
    return this.#eventsWatched ? 'events' : 'polling';
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Of the last scan; null before the first. */
  get inventory(): Inventory | null {
    return this.#inventory;
  }

  /** Resolves after a first scan, with a function that ends the watch. Errors: brokerLost, kernelRefused. */
  async watch(watcher: Watcher): Promise<() => void> {
    if (this.#watchers.size === 0) this.#attach();
    this.#watchers.add(watcher);
    try {
      await this.#attached;
      await this.scan();
      return () => this.#leave(watcher);
    } catch (error) {
      this.#leave(watcher);
      throw error;
    }
  }

  /** A scan that begins after this call; callers that come meanwhile share it. Errors: brokerLost, kernelRefused. */
  scan(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#scanning) return this.#start();
    this.#next = this.#scanning
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#start();
      });
    return this.#next;
  }

  /** Reads the working directories of all holders, for watchers that begin to ask for them. Errors: brokerLost, kernelRefused. */
  async updateDirectories(): Promise<void> {
    if (this.#inventory) await this.#updateDirectories(this.#inventory);
  }

  async #updateDirectories(inventory: Inventory): Promise<void> {
    const holders = [...inventory.all()].flatMap((seen) => seen.holders);
    await this.#scanner.processes.updateDirectories(holders);
  }

  #start(): Promise<void> {
    clearTimeout(this.#scanTimer);
    this.#changePending = false;
    this.#scanning = onBehalfOf(everybody, () => this.#runScan()).finally(() => {
      this.#scanning = null;
      this.#schedule();
    });
    return this.#scanning;
  }

  async #runScan(): Promise<void> {
    const at = Date.now();
    const began = performance.now();
    try {
      const inventory = await this.#scanner.scan();
      await inventory.makeAll();
      if ([...this.#watchers].some(({ needsDirectories }) => needsDirectories))
        await this.#updateDirectories(inventory);
      if (this.#watchers.size > 0) await this.#publish(inventory, at, began);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      for (const watcher of [...this.#watchers]) watcher.failed(message);
      throw error;
    } finally {
      const end = performance.now();
      this.#last = { end, tookMs: end - began };
    }
  }

  /** `beganAt`: monotonic milliseconds. */
  async #publish(inventory: Inventory, at: number, beganAt: number): Promise<void> {
    // Without watchers by now, there is nothing to compare the next scan with.
    const result = await inOneSlice(() =>
      this.#watchers.size > 0 ? this.#compare(inventory, at, beganAt) : null,
    );
    if (!result) return;
    for (const watcher of [...this.#watchers])
      await inOneSlice(() => {
        if (this.#watchers.has(watcher)) watcher.scanned(result);
      });
    this.#scheduleExpiry();
  }

  #compare(inventory: Inventory, at: number, beganAt: number): ScanResult {
    const { ends } = this.#scanner;
    const found = difference(this.#inventory, inventory, ends, this.#eventsWatched, beganAt);
    this.ports.learn(
      this.#inventory ? [...found.added, ...found.changed.map(({ now }) => now)] : inventory.all(),
    );
    this.ports.learn(found.closed.map(({ seen }) => seen));
    if ([...this.#watchers].some(({ needsTraffic }) => needsTraffic)) this.traffic.sample(inventory, beganAt);
    this.#inventory = inventory;
    this.marks.mark(found, ends);
    return { ...found, inventory, at };
  }

  /** Waits until the next mark expires. */
  #scheduleExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const next = this.marks.nextExpiry();
    if (next === null || this.#watchers.size === 0) return;
    this.#expiryTimer = setTimeout(
      () => {
        this.marks.expire();
        for (const watcher of [...this.#watchers]) watcher.refresh();
        this.#scheduleExpiry();
      },
      Math.max(minFadeDelayMs, next - performance.now()),
    );
  }

  #schedule(): void {
    clearTimeout(this.#scanTimer);
    if (this.#watchers.size === 0 || this.#next) return;
    const { end, tookMs } = this.#last;
    const pauseMs = Math.max(this.#changePending ? minScanIntervalMs : pollIntervalMs, pauseFactor * tookMs);
    this.#scanTimer = setTimeout(
      () => void this.scan().catch(() => {}),
      Math.max(0, end + pauseMs - performance.now()),
    );
  }

  #attach(): void {
    const broker = this.#events;
    if (!broker) return;
    broker.on('changed', this.#onEvent);
    this.#attached = this.#attached
      .then(() => onBehalfOf(everybody, () => broker.watchEvents()))
      .then(() => {
        this.#eventsWatched = true;
      })
      .catch((error) => console.error(`Events are unavailable, polling instead: ${String(error)}`));
  }

  #leave(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
    clearTimeout(this.#scanTimer);
    clearTimeout(this.#expiryTimer);
    this.#inventory = null;
    this.marks.clear();
    this.traffic.clear();
    this.#scanner.ends.clear();
    const broker = this.#events;
    if (!broker) return;
    broker.off('changed', this.#onEvent);
    this.#attached = this.#attached
      .then(() => {
        this.#eventsWatched = false;
        return onBehalfOf(everybody, () => broker.unwatchEvents());
      })
      .catch((error) => console.error(`The kernel's events could not be detached: ${String(error)}`));
  }
}
