/** The last TCP connections that opened, failed to open, and ended. While nobody keeps it, nothing is attached and nothing is remembered. */

import type { CancellationToken } from 'vscode-jsonrpc';
import type { Broker } from '../broker-link/broker';
import { monotonic } from '../broker-link/clock';
import type { ConnectionRecord, HistoryEvents } from '../broker-link/history-records';
import { collectGarbage } from '../common/collect-garbage';
import { everybody, onBehalfOf } from '../common/on-behalf';
import { inSlices, mapInSlices } from '../common/slices';
import { rowMatcher, type SocketRows } from '../inventory/filter-match';
import type { Scanner } from '../inventory/scanner';
import { type Filter, type HistoryPage, limits, type PastConnection, type PastProcess } from '../protocol';
import { HistoryEntries, type HistoryEntry } from './history-entries';
import { pastConnection } from './past-connection';
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
  readonly entries: HistoryEntries;
  readonly names: ProgramNames;
  /** Milliseconds since 1970, as all times here; null: the programs are being attached. */
  since: number | null;
  lost: number;
  lostTime: number;
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
  async list(question: HistoryQuestion, cancelled: CancellationToken): Promise<HistoryPage> {
    if (this.#kept) await this.#broker.flushHistory();
    const kept = this.#kept;
    if (!kept || kept.since === null) return notKept;
    const { since } = kept;
    await kept.names.learned();
    if (question.after === undefined) await this.#findOwners(kept);
    const found = await inSlices(this.#search(kept, question, cancelled));
    return { ...stateOf(kept, since), ...found };
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
    const kept: Kept = {
      entries: new HistoryEntries(limits.historyEntries / 2),
      names: new ProgramNames(),
      since: null,
      lost: 0,
      lostTime: 0,
    };
    this.#kept = kept;
    try {
      await this.#broker.keepHistory();
      kept.since = Date.now();
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
    if (lost > 0) kept.lostTime = Date.now();
    kept.entries.add(records, Date.now() - monotonic());
    kept.names.see(records);
    this.#notifyTimer ??= setTimeout(() => {
      this.#notifyTimer = undefined;
      for (const keeper of this.#keepers) keeper.changed();
    }, notifyEveryMs);
  }

  /** Of connections that a listener took: no event says who has accepted them. Later pages have what is known by then. */
  async #findOwners({ entries }: Kept): Promise<void> {
    const open = await mapInSlices(entries.open(), (number) => entries.has(number) && entries.entry(number));
    const unowned = open.flatMap((entry) => (entry && !entry.process && !this.#ownerOf(entry) ? entry : []));
    // Without it, they have no process.
    if (unowned.length > 0) await this.#scanner.scanFor(unowned).catch(() => {});
  }

  *#search(
    kept: Kept,
    { filter, sinceMs, after = 0 }: HistoryQuestion,
    cancelled: CancellationToken,
  ): Generator<void, Found, void> {
    const { entries } = kept;
    const matches = rowMatcher(filter);
    const from = sinceMs === undefined ? 0 : Date.now() - sinceMs;
    const connections: PastConnection[] = [];
    const end = entries.next;
    // A number of an earlier history is none of this one.
    const first = after > end ? 0 : after;
    const missed = after > 0 && entries.newestDropped >= first;
    let steps = 0;
    for (const number of entries.numbers()) {
      if (number >= end) break;
      if (++steps % entriesPerStep === 0) yield;
      if (cancelled.isCancellationRequested) break;
      if (number < first || !entries.has(number)) continue;
      if (connections.length === limits.historyPage)
        return { connections, next: number, end, more: true, missed };
      const entry = entries.entry(number);
      if (entry.time < from) continue;
      const connection = this.#describe(kept, entry);
      if (matches(rowOf(connection)))
        connections.push({ ...connection, peer: this.#peerOf(kept, number, entry) });
    }
    return { connections, next: end, end, more: false, missed };
  }

  /** Without its peer: that is looked for where the filter matches. */
  #describe(kept: Kept, entry: HistoryEntry): PastConnection {
    return pastConnection(entry, { brokerPid: this.#broker.pid, process: this.#processOf(kept, entry) });
  }

  #processOf({ names }: Kept, record: ConnectionRecord): PastProcess | null {
    return record.process ? names.named(record.process) : this.#ownerOf(record);
  }

  #peerOf(kept: Kept, number: number, { kind, opened }: HistoryEntry): PastProcess | null {
    const peer = kind === 'failed' || opened === 0 ? null : kept.entries.otherEnd(number);
    return peer && this.#processOf(kept, peer);
  }

  /** Of one that is open: as a recent scan has it. */
  #ownerOf({ kind, cookie }: ConnectionRecord): PastProcess | null {
    const [owner] = kind === 'opened' ? (this.#scanner.lastSeen(cookie)?.socket.owners ?? []) : [];
    return owner ? { pid: owner.pid, startTime: owner.startTime, name: owner.name } : null;
  }
}

type Found = Pick<HistoryPage, 'connections' | 'next' | 'end' | 'more' | 'missed'>;

/** Entries between two looks at the clock. */
const entriesPerStep = 32;

const notKept: HistoryPage = {
  keptSince: null,
  completeSince: null,
  dropped: 0,
  lost: 0,
  connections: [],
  next: 0,
  end: 0,
  more: false,
  missed: false,
};

function stateOf({ entries, lost, lostTime }: Kept, since: number) {
  const text = (time: number) => new Date(time).toISOString();
  return {
    keptSince: text(since),
    completeSince: text(Math.max(since, entries.droppedTime, lostTime)),
    dropped: entries.dropped,
    lost,
  };
}

/** As a filter sees it, which asks for no state here. */
function rowOf({ netns, cookie, local, remote, uid, process, event, reason }: PastConnection): SocketRows {
  return {
    netns,
    cookie,
    protocol: 'tcp',
    local,
    remote,
    state: null,
    uid: uid ?? -1,
    owners: process ? [{ ...process, command: '' }] : [],
    words: [event, reason ?? ''],
  };
}
