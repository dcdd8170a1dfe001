/** The groups of a view, with all their rows, out of one look. What a group or row was sorted by stays with it. */

import { groupOrder, placesOf, rowOrder } from './grouping';
import type { SeenSocket } from './inventory';
import type { Counts, EndReason, Group, Grouping, Mark, Row, Socket, Subject } from './protocol';
import { ownersText } from './wording';

/** Something to show: a socket that is there, or one that was. */
export interface Entry {
  /** netns:cookie. */
  readonly id: string;
  readonly seen: SeenSocket;
  readonly mark: Mark | null;
  readonly reason: EndReason | null;
}

export interface ViewGroup {
  readonly id: string;
  readonly order: string;
  readonly subject: Subject;
  readonly rows: Map<string, ViewRow>;
}

export interface ViewRow {
  readonly order: string;
  readonly entry: Entry;
}

export function groupEntries(
  entries: Iterable<Entry>,
  grouping: Grouping,
  own: number,
  before: ReadonlyMap<string, ViewGroup>,
): Map<string, ViewGroup> {
  const groups = new Map<string, ViewGroup>();
  for (const [id, { subject, members }] of membersOf(entries, grouping)) {
    const known = before.get(id);
    const rows = new Map(
      members.map((entry) => {
        const order = known?.rows.get(entry.id)?.order ?? rowOrder(entry.seen.socket);
        return [entry.id, { order, entry }];
      }),
    );
    const sockets = known ? [] : members.map(({ seen }) => seen.socket);
    groups.set(id, { id, order: known?.order ?? groupOrder(subject, sockets, own), subject, rows });
  }
  return groups;
}

function membersOf(entries: Iterable<Entry>, grouping: Grouping) {
  const members = new Map<string, { subject: Subject; members: Entry[] }>();
  for (const entry of entries) {
    for (const [id, subject] of placesOf(entry.seen, grouping)) {
      const group = members.get(id);
      if (group) group.members.push(entry);
      else members.set(id, { subject, members: [entry] });
    }
  }
  return members;
}

/** The first so many, in their order. */
export function firstOf<Item extends { readonly order: string }>(
  items: Iterable<Item>,
  count: number,
): Item[] {
  return [...items].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).slice(0, count);
}

export function toRow({ order, entry: { id, seen, mark, reason } }: ViewRow): Row {
  return { id, order, socket: seen.socket, mark, reason };
}

export function toGroup({ id, order, subject, rows }: ViewGroup): Group {
  const sockets = [...rows.values()].flatMap(({ entry }) =>
    entry.mark === 'closed' ? [] : [entry.seen.socket],
  );
  const holder = subject.kind === 'process' ? '' : holderOf(sockets);
  return { id, order, subject, counts: countsOf(sockets), size: rows.size, holder };
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

/** Who listens, or else the only process of all; empty where there are several, or none. */
function holderOf(sockets: readonly Socket[]): string {
  const listener = sockets.find(({ state }) => state === 'listen');
  const [first, ...rest] = listener ? [listener] : sockets;
  if (!first || first.owners.length === 0) return '';
  const holder = ownersText(first.owners);
  return rest.every(({ owners }) => owners.length > 0 && ownersText(owners) === holder) ? holder : '';
}
