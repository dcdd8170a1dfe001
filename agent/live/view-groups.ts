/** The groups of a view with all their rows, from one scan. The sort key of a group or row never changes. */

import { ownersText } from '../common/wording';
import type { SeenSocket } from '../inventory/inventory';
import type { Counts, EndReason, Group, Grouping, Mark, Row, Socket, Subject } from '../protocol';
import { groupOrder, type Place, placesOf, rowOrder } from './grouping';

/** A socket to show, or one that was closed lately. */
export interface Entry {
  /** netns:cookie. */
  readonly id: string;
  /** As all views have it: with the names of containers that one client sent, it would be a copy for each view. */
  readonly seen: SeenSocket;
  readonly mark: Mark | null;
  readonly reason: EndReason | null;
  /** Null: not known. */
  readonly bytesPerSecond: number | null;
}

export interface ViewGroup {
  readonly id: string;
  readonly order: string;
  readonly subject: Subject;
  readonly rows: Map<string, ViewRow>;
}

interface ViewRow {
  readonly order: string;
  readonly entry: Entry;
}

/** Places of sockets in each grouping, found once for each socket, whatever the number of views. */
export class Places {
  readonly #known = new Map<Grouping, WeakMap<SeenSocket, Placed>>();

  of(seen: SeenSocket, grouping: Grouping): Placed {
    let known = this.#known.get(grouping);
    if (!known) {
      known = new WeakMap();
      this.#known.set(grouping, known);
    }
    const before = known.get(seen);
    if (before) return before;
    const placed = { places: placesOf(seen, grouping), order: rowOrder(seen.socket) };
    known.set(seen, placed);
    return placed;
  }
}

interface Placed {
  readonly places: readonly Place[];
  readonly order: string;
}

/** With the names of containers that the client of a view sent. */
type Named = (seen: SeenSocket) => SeenSocket;

interface GroupingContext {
  readonly placed: (seen: SeenSocket) => Placed;
  readonly named: Named;
  /** Inode of the network namespace whose groups come first. */
  readonly own: number;
}

export function groupEntries(
  entries: Iterable<Entry>,
  { placed, named, own }: GroupingContext,
  before: ReadonlyMap<string, ViewGroup>,
): Map<string, ViewGroup> {
  const groups = new Map<string, ViewGroup>();
  for (const entry of entries) {
    const { places, order } = placed(entry.seen);
    for (const [id, subject] of places) {
      const known = before.get(id);
      let group = groups.get(id);
      if (!group) {
        group = {
          id,
          order: known?.order ?? '',
          subject: namedSubject(subject, entry, named),
          rows: new Map(),
        };
        groups.set(id, group);
      }
      group.rows.set(entry.id, { order: known?.rows.get(entry.id)?.order ?? order, entry });
    }
  }
  for (const [id, group] of groups)
    if (group.order === '')
      groups.set(id, { ...group, order: groupOrder(group.subject, socketsOf(group), own) });
  return groups;
}

function namedSubject(subject: Subject, { seen }: Entry, named: Named): Subject {
  if (subject.kind !== 'container') return subject;
  return { ...subject, name: named(seen).socket.container?.name ?? subject.name };
}

function socketsOf({ rows }: ViewGroup): Socket[] {
  return [...rows.values()].map(({ entry }) => entry.seen.socket);
}

/** The first `count` items in order. */
export function firstOf<Item extends { readonly order: string }>(
  items: Iterable<Item>,
  count: number,
): Item[] {
  return [...items].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).slice(0, count);
}

export function toRow(
  { order, entry: { id, seen, mark, reason, bytesPerSecond } }: ViewRow,
  named: Named,
): Row {
  return { id, order, socket: named(seen).socket, mark, reason, bytesPerSecond };
}

export function toGroup({ id, order, subject, rows }: ViewGroup): Group {
  const sockets: Socket[] = [];
  let bytesPerSecond = 0;
  for (const { entry } of rows.values()) {
    if (entry.mark === 'closed') continue;
    sockets.push(entry.seen.socket);
    bytesPerSecond += entry.bytesPerSecond ?? 0;
  }
  const isProcess = subject.kind === 'process';
  const holder = isProcess ? '' : holderOf(subject, sockets);
  const unclosed = isProcess ? sockets.filter(({ state }) => state === 'close-wait').length : 0;
  return { id, order, subject, counts: countsOf(sockets), size: rows.size, bytesPerSecond, holder, unclosed };
}

function countsOf(sockets: readonly Socket[]): Counts {
  let listening = 0;
  let connected = 0;
  for (const { state, remote } of sockets) {
    if (state === 'listen') listening++;
    else if (remote) connected++;
  }
  return { listening, connected, others: sockets.length - listening - connected };
}

/** The owners that all sockets share, or of a port all that listen; empty where they differ, or there are none. */
function holderOf({ kind }: Subject, sockets: readonly Socket[]): string {
  const listeners = kind === 'port' ? sockets.filter(({ state }) => state === 'listen') : [];
  const [first, ...rest] = listeners.length > 0 ? listeners : sockets;
  if (!first || first.owners.length === 0) return '';
  const holder = ownersText(first.owners);
  return rest.every(({ owners }) => owners.length > 0 && ownersText(owners) === holder) ? holder : '';
}
