/** The last TCP connections that opened, failed to open, and ended. While nobody keeps it, nothing is attached and nothing is remembered. */

import type { Broker } from '../broker-link/broker';
import { monotonic } from '../broker-link/clock';
import type { ConnectionRecord, HistoryEvents } from '../broker-link/history-records';
import { collectGarbage } from '../common/collect-garbage';
import { everybody, onBehalfOf } from '../common/on-behalf';
import { inSlices } from '../common/slices';
import { rowMatcher } from '../inventory/filter-match';
import type { Scanner } from '../inventory/scanner';
import { type Filter, type HistoryPage, limits, type PastConnection, type PastProcess } from '../protocol';
import { HistoryRing } from './history-ring';
import { areEnds, pastConnection } from './past-connection';
import { ProgramNames } from './program-names';

/** Between two notifications. */
const notifyEveryMs = 250;

export interface HistoryKeeper {
  /** There is more than before. */
  changed(): void;
}

export interface HistoryQuestion {
  readonly filter: Filter;
  readonly sinceMs?: number;
  readonly after?: number;
}

interface Kept {
  readonly ring: HistoryRing;
  readonly names: ProgramNames;
  /** Monotonic milliseconds. */
  readonly since: number;
  lost: number;
  lostAt: number;
}

export class History {
  readonly #broker: Broker;
  readonly #scanner: Scanner;
  readonly #keepers = new Set<HistoryKeeper>();
  #kept: Kept | null = null;
  #notifyTimer: NodeJS.Timeout | undefined;
  /** Attaching and detaching run one after the other. */
  #last: Promise<void> = Promise.resolve();
  readonly #onEvents = (events: HistoryEvents) => this.#add(events);

  constructor(broker: Broker, scanner: Scanner) {
    this.#broker = broker;
    this.#scanner = scanner;
  }

  /** Resolves once it is kept, with a function that ends that for this keeper. Errors: kernelRefused, brokerLost. */
  async keep(keeper: HistoryKeeper): Promise<() => void> {
    this.#keepers.add(keeper);
    const release = () => {
      this.#keepers.delete(keeper);
      void this.#apply().catch((error) => console.error(`The history could not be ended: ${String(error)}`));
    };
    try {
      await this.#apply();
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** With all that happened before this call. */
  async list(question: HistoryQuestion): Promise<HistoryPage> {
    if (this.#kept) await this.#broker.keepHistory();
    const kept = this.#kept;
    if (!kept) return notKept;
    await kept.names.learned();
    if (question.after === undefined) await this.#findOwners(kept);
    const found = await inSlices(this.#search(kept, question));
    return { ...this.#state(kept), ...found };
  }

  #apply(): Promise<void> {
    const applied = this.#last.then(() =>
      onBehalfOf(everybody, () => (this.#keepers.size > 0 ? this.#begin() : this.#end())),
    );
    this.#last = applied.catch(() => {});
    return applied;
  }

  async #begin(): Promise<void> {
    if (this.#kept) return;
    this.#broker.on('history', this.#onEvents);
    this.#kept = {
      ring: new HistoryRing(limits.historyEntries),
      names: new ProgramNames(),
      since: monotonic(),
      lost: 0,
      lostAt: 0,
    };
    try {
      await this.#broker.keepHistory();
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async #end(): Promise<void> {
    if (!this.#kept) return;
    this.#forget();
    await this.#broker.dropHistory();
    void collectGarbage();
  }

  #forget(): void {
    this.#broker.off('history', this.#onEvents);
    clearTimeout(this.#notifyTimer);
    this.#notifyTimer = undefined;
    this.#kept = null;
  }

  #add({ lost, records }: HistoryEvents): void {
    const kept = this.#kept;
    if (!kept) return;
    kept.lost += lost;
    if (lost > 0) kept.lostAt = monotonic();
    kept.ring.add(records);
    kept.names.see(records);
    this.#notifyTimer ??= setTimeout(() => {
      this.#notifyTimer = undefined;
      for (const keeper of this.#keepers) keeper.changed();
    }, notifyEveryMs);
  }

  #state({ ring, since, lost, lostAt }: Kept) {
    const timeOf = (at: number) => new Date(epoch() + at).toISOString();
    return {
      keptSince: timeOf(since),
      completeSince: timeOf(Math.max(since, ring.droppedAt, lostAt)),
      dropped: ring.dropped,
      lost,
    };
  }

  /** Of connections that a listener took: no event says who has accepted them. Later pages have what is known by then. */
  async #findOwners({ ring }: Kept): Promise<void> {
    const unowned = ring.openRecords().filter((record) => !record.process && !this.#ownerOf(record));
    // Without it, they have no process.
    if (unowned.length > 0) await this.#scanner.scanFor(unowned).catch(() => {});
  }

  *#search(
    kept: Kept,
    { filter, sinceMs, after = 0 }: HistoryQuestion,
  ): Generator<void, Pick<HistoryPage, 'connections' | 'next' | 'more'>, void> {
    const { ring } = kept;
    const { describe, peerOf } = this.#describer(kept);
    const matches = rowMatcher(filter);
    const from = sinceMs === undefined ? 0 : monotonic() - sinceMs;
    const connections: PastConnection[] = [];
    // A number of an earlier history is none of this one.
    let number = Math.max(after > ring.next ? 0 : after, ring.first);
    for (; number < ring.next && connections.length < limits.historyPage; number++) {
      if (number % stepRecords === 0) yield;
      if (!ring.has(number)) continue;
      const record = ring.record(number);
      if (record.at < from) continue;
      const connection = describe(record);
      if (matches(rowOf(connection))) connections.push({ ...connection, peer: peerOf(number, record) });
    }
    return { connections, next: number, more: number < ring.next };
  }

  /** Few of those that are described match, and have their peers looked up. */
  #describer({ ring, names }: Kept) {
    let byPorts: Map<number, number[]> | undefined;
    const startedAt = epoch();
    const processOf = (record: ConnectionRecord) =>
      record.process ? names.named(record.process) : this.#ownerOf(record);
    const peerOf = (number: number, record: ConnectionRecord): PastProcess | null => {
      if (record.kind === 'failed' || record.opened === 0) return null;
      byPorts ??= ring.byPorts();
      for (const other of byPorts.get(ring.portsOf(number)) ?? []) {
        if (other === number || !ring.has(other)) continue;
        const peer = ring.record(other);
        if (areEnds(record, peer)) return processOf(peer);
      }
      return null;
    };
    const describe = (record: ConnectionRecord) =>
      pastConnection(record, {
        brokerPid: this.#broker.pid,
        epoch: startedAt,
        process: processOf(record),
      });
    return { describe, peerOf };
  }

  /** Of one that is open: as a recent scan has it. */
  #ownerOf({ kind, cookie }: ConnectionRecord): PastProcess | null {
    const [owner] = kind === 'opened' ? (this.#scanner.lastSeen(cookie)?.socket.owners ?? []) : [];
    return owner ? { pid: owner.pid, startTime: owner.startTime, name: owner.name } : null;
  }
}

/** Records between two looks at the clock. */
const stepRecords = 64;

const notKept: HistoryPage = {
  keptSince: null,
  completeSince: null,
  dropped: 0,
  lost: 0,
  connections: [],
  next: 0,
  more: false,
};

function epoch(): number {
  return Date.now() - monotonic();
}

/** As a filter sees it. */
function rowOf({ netns, cookie, local, remote, uid, process, event, reason }: PastConnection) {
  return {
    netns,
    cookie,
    protocol: 'tcp' as const,
    local,
    remote,
    state: 'established' as const,
    uid: uid ?? -1,
    owners: process ? [{ ...process, command: '' }] : [],
    words: [event, reason ?? ''],
  };
}
