/** One client's view: computed from each scan, sent as the difference to what was sent before. */

import { matcher } from '../inventory/filter-match';
import type { SeenSocket } from '../inventory/inventory';
import { MptcpSockets, withoutPaths } from '../inventory/mptcp';
import {
  asksForClosed,
  ErrorCode,
  type Filter,
  type Group,
  idKey,
  type Located,
  limits,
  type Namespace,
  nothingLeftOut,
  protocolError,
  type Row,
  rootGroup,
  type SocketId,
  type ViewChange,
  type ViewParams,
  type Window,
} from '../protocol';
import type { Live, Watcher } from './live';
import { type ShowContext, showFilter } from './show-filter';
import { type Entry, firstOf, groupEntries, toGroup, toRow, type ViewGroup } from './view-groups';
import { type Budget, groupComparison, rowComparison, windowDifference } from './window-difference';

/** What a view shows, and where it is sent. */
export interface ViewSource extends Omit<ShowContext, 'workspace' | 'ports'> {
  readonly live: Live;
  /** Inode number of the agent's own network namespace. */
  readonly own: number;
  /** The socket with the container names that the client sent. */
  named(seen: SeenSocket): SeenSocket;
  namespaces(namespaces: readonly Namespace[]): readonly Namespace[];
  /** Resolves when the client has received it. */
  send(change: ViewChange): Promise<void>;
}

export class View implements Watcher {
  readonly needsTraffic = true;
  readonly #source: ViewSource;
  #params: ViewParams;
  #filter: Filter;
  #groups = new Map<string, ViewGroup>();
  #mptcp = new MptcpSockets([]);
  #counts = { shown: 0, hidden: 0 };
  #sentGroups = new Map<string, Group>();
  #sentRows = new Map<string, Map<string, Row>>();
  #failure: string | null = null;
  /** All views have too many rows, and this one has none. */
  #isRefused = false;
  /** The last change without its windows and namespaces, as text. */
  #sentRest = '';
  /** As text. */
  #sentNamespaces = '';
  /** True once the client has a whole window; before, nothing is sent. */
  #open = false;
  /** True until the client has received the last change: further ones are merged. */
  #sending = false;
  #stale = false;
  /** The last change did not fit into one message. */
  #more = false;
  #closed = false;

  constructor(source: ViewSource, params: ViewParams, filter: Filter) {
    this.#source = source;
    this.#params = params;
    this.#filter = filter;
  }

  /** Changes the parameters. Returns the whole window. */
  set(params: ViewParams, filter: Filter): ViewChange {
    if (params.groupBy !== this.#params.groupBy) this.#groups.clear();
    this.#params = params;
    this.#filter = filter;
    return this.whole();
  }

  /** The whole window, for a client that has nothing yet. */
  whole(): ViewChange {
    this.#open = true;
    this.#sentGroups.clear();
    this.#sentRows.clear();
    this.#sentNamespaces = '';
    this.#compute();
    const change = this.#difference();
    // The answer goes out first.
    if (this.#more) setImmediate(() => this.#update());
    return change;
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true;
    this.#source.live.viewRows.release(this);
  }

  get needsDirectories(): boolean {
    return needsDirectories(this.#params);
  }

  scanned(): void {
    this.#failure = null;
    this.#update();
  }

  refresh(): void {
    this.#update();
  }

  failed(message: string): void {
    this.#failure = message;
    this.#update();
  }

  /** The open sockets of a group, in order. Throws cursorExpired where there is no such group. */
  sockets(group: string): SeenSocket[] {
    const found = this.#groups.get(group);
    if (!found) throw protocolError(ErrorCode.cursorExpired, 'This group no longer exists: refresh the view');
    return firstOf(found.rows.values(), Number.POSITIVE_INFINITY).flatMap(({ entry }) =>
      entry.mark === 'closed' ? [] : [entry.seen],
    );
  }

  locate(socket: SocketId): Located | null {
    const row = idKey(socket);
    const whole = this.#mptcp.wholeOf(row);
    return this.#locateRow(row) ?? (whole === undefined ? null : this.#locateRow(whole));
  }

  #locateRow(row: string): Located | null {
    const groups = firstOf(this.#groups.values(), Number.POSITIVE_INFINITY);
    for (const [index, group] of groups.entries()) {
      if (!group.rows.has(row)) continue;
      const rows = firstOf(group.rows.values(), Number.POSITIVE_INFINITY);
      const place = rows.findIndex(({ entry }) => entry.id === row);
      return { group: group.id, row, groups: index + 1, rows: place + 1 };
    }
    return null;
  }

  #update(): void {
    if (!this.#open || this.#closed) return;
    if (this.#sending) {
      this.#stale = true;
      return;
    }
    this.#compute();
    const before = this.#sentRest;
    const change = this.#difference();
    if (isEmpty(change) && before === this.#sentRest) return;
    this.#sending = true;
    void this.#source
      .send(change)
      .catch(() => {}) // The connection is closing, and this view with it.
      .finally(() => {
        this.#sending = false;
        if (!this.#stale && !this.#more) return;
        this.#stale = false;
        this.#update();
      });
  }

  #compute(): void {
    const { live, own } = this.#source;
    const shows = showFilter(this.#params.show, {
      ...this.#source,
      ports: live.ports,
      workspace: this.#params.workspace,
    });
    const { named } = this.#source;
    const placed = (seen: SeenSocket) => live.places.of(seen, this.#params.groupBy);
    const { open, hidden } = this.#openEntries(shows);
    const entries = this.#withoutPaths([...open, ...this.#closedEntries(shows)]);
    this.#counts = { shown: entries.filter(({ mark }) => mark !== 'closed').length, hidden };
    const rows = entries.reduce((sum, { seen }) => sum + placed(seen).places.length, 0);
    this.#isRefused = !this.#closed && !live.viewRows.set(this, rows);
    this.#groups = groupEntries(this.#isRefused ? [] : entries, { placed, named, own }, this.#groups);
  }

  #openEntries(shows: (seen: SeenSocket) => boolean): { readonly open: Entry[]; readonly hidden: number } {
    const { live } = this.#source;
    const matches = matcher(this.#filter);
    const open: Entry[] = [];
    const hidden: SeenSocket[] = [];
    for (const seen of live.inventory?.all() ?? []) {
      const named = this.#source.named(seen);
      if (!matches(named.socket)) continue;
      if (!shows(seen)) hidden.push(seen);
      else
        open.push({
          id: seen.id,
          seen,
          mark: live.marks.of(seen.id),
          reason: null,
          bytesPerSecond: live.traffic.of(seen),
        });
    }
    return { open, hidden: withoutPaths(hidden).length };
  }

  /** A socket that lives on without its owners has an open row already; only grouped by process it leaves its group. */
  *#closedEntries(shows: (seen: SeenSocket) => boolean): Generator<Entry> {
    if (asksForClosed(this.#filter)) return;
    const matches = matcher(this.#filter);
    const moves = this.#params.groupBy === 'process';
    for (const { seen, reason, livesOn } of this.#source.live.marks.closedRows()) {
      if (livesOn && !moves) continue;
      const named = this.#source.named(seen);
      if (!matches(named.socket) || !shows(seen)) continue;
      yield { id: seen.id, seen, mark: 'closed', reason, bytesPerSecond: null };
    }
  }

  /** An MPTCP connection is one row, open or closed. */
  #withoutPaths(entries: readonly Entry[]): readonly Entry[] {
    this.#mptcp = new MptcpSockets(entries.map(({ seen }) => seen));
    if (!this.#mptcp.hasPaths) return entries;
    return entries
      .filter(({ seen }) => !this.#mptcp.isPath(seen))
      .map((entry) => ({ ...entry, seen: this.#mptcp.withPeer(entry.seen) }));
  }

  #difference(): ViewChange {
    const { live } = this.#source;
    const { open, view } = this.#params;
    const window = firstOf(this.#groups.values(), open[rootGroup] ?? 0);
    const budget: Budget = { items: limits.listPage, bytes: limits.answer, spent: false };
    const groups = windowDifference(window.map(toGroup), this.#sentGroups, groupComparison, budget);
    this.#sentGroups = groups.sent;
    const rows: Record<string, Window<Row>> = {};
    const sentRows = new Map<string, Map<string, Row>>();
    for (const { id, rows: all } of window) {
      const wanted = open[id];
      if (wanted === undefined) continue;
      const found = windowDifference(
        firstOf(all.values(), wanted).map((row) => toRow(row, this.#source.named)),
        this.#sentRows.get(id) ?? new Map(),
        rowComparison,
        budget,
      );
      sentRows.set(id, found.sent);
      if (found.window.set.length > 0 || found.window.gone.length > 0) rows[id] = found.window;
    }
    this.#sentRows = sentRows;
    const rest = {
      groupCount: this.#groups.size,
      ...this.#counts,
      leftOut: live.inventory?.leftOut ?? nothingLeftOut,
      source: live.source,
      failure: this.#isRefused ? live.viewRows.refusal : this.#failure,
    };
    this.#sentRest = JSON.stringify(rest);
    this.#more = budget.spent;
    return { view, groups: groups.window, rows, ...rest, namespaces: this.#newNamespaces() };
  }

  /** Null where the client has them: a machine has many, and they seldom change. */
  #newNamespaces(): ViewChange['namespaces'] {
    const { live } = this.#source;
    const namespaces = this.#source.namespaces(live.inventory?.namespaces ?? []);
    const text = JSON.stringify(namespaces);
    if (text === this.#sentNamespaces) return null;
    this.#sentNamespaces = text;
    return namespaces;
  }
}

/** Only This Workspace depends on where a process runs. */
export function needsDirectories({ show }: ViewParams): boolean {
  return show === 'workspace';
}

function isEmpty({ groups, rows, namespaces }: ViewChange): boolean {
  const moved = groups.set.length + groups.gone.length + Object.keys(rows).length;
  return moved === 0 && namespaces === null;
}
