/**
 * The loaded part of a view, as nodes of the tree. Pure.
 *
 * A node stays the same object, with the same id, for as long as its group or socket is in the window: a change neither
 * collapses nor re-orders what is open.
 */

import type { Group, Namespace, Row, ViewChange } from '../../agent/protocol';
import { nothingLeftOut, rootGroup } from '../../agent/protocol';

export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  group: Group;
}

export interface SocketNode {
  readonly kind: 'socket';
  readonly id: string;
  readonly parent: GroupNode;
  row: Row;
}

/** The last row of a list that is longer than its window. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  /** Undefined: more groups. */
  readonly parent: GroupNode | undefined;
  /** Number of rows in the window, and in all. */
  shown: number;
  total: number;
}

/** The first row where the agent is needed to see everything: a click starts it, or restarts one of another version. */
export interface StartNode {
  readonly kind: 'start';
  readonly id: 'start';
  readonly restarts: boolean;
}

export type Node = GroupNode | SocketNode | MoreNode | StartNode;

/** Nodes to redraw: `all` where groups came or went. */
export type Changes = 'all' | readonly Node[];

/** Facts about a view as a whole. */
interface ViewFacts
  extends Pick<ViewChange, 'groupCount' | 'shown' | 'hidden' | 'leftOut' | 'source' | 'failure'> {
  readonly namespaces: readonly Namespace[];
}

const nothingYet: ViewFacts = {
  groupCount: 0,
  shown: 0,
  hidden: 0,
  leftOut: nothingLeftOut,
  namespaces: [],
  source: 'polling',
  failure: null,
};

/** A group with its rows. */
interface Branch {
  readonly node: GroupNode;
  readonly rows: Map<string, SocketNode>;
  readonly more: MoreNode;
  /** Null: not sorted since the last change. */
  sorted: readonly SocketNode[] | null;
}

export class ViewWindow {
  readonly #branches = new Map<string, Branch>();
  #sorted: readonly GroupNode[] | null = null;
  readonly #more = moreNode(undefined);
  #now = nothingYet;

  get facts(): ViewFacts {
    return this.#now;
  }

  /** The groups, or the rows of one, in their order. */
  children(parent?: GroupNode): readonly Node[] {
    if (!parent) return this.#ended(this.groups, this.#more, this.#now.groupCount);
    const branch = this.#branches.get(parent.id);
    if (!branch || branch.rows.size === 0) return [];
    branch.sorted ??= [...branch.rows.values()].sort((a, b) => inOrder(a.row, b.row));
    return this.#ended(branch.sorted, branch.more, branch.node.group.size);
  }

  get groups(): readonly GroupNode[] {
    this.#sorted ??= [...this.#branches.values()]
      .map(({ node }) => node)
      .sort((a, b) => inOrder(a.group, b.group));
    return this.#sorted;
  }

  group(id: string): GroupNode | undefined {
    return this.#branches.get(id)?.node;
  }

  row(group: string, row: string): SocketNode | undefined {
    return this.#branches.get(group)?.rows.get(row);
  }

  /** Rows in the window of a group; groups for rootGroup. */
  count(group: string): number {
    return group === rootGroup ? this.#branches.size : (this.#branches.get(group)?.rows.size ?? 0);
  }

  /** True where a group or row is new, or a row was closed. */
  isUrgent({ groups, rows }: ViewChange): boolean {
    if (groups.set.some(({ id }) => !this.#branches.has(id))) return true;
    return Object.entries(rows).some(([group, { set }]) =>
      set.some(({ id, mark }) => {
        const known = this.row(group, id)?.row;
        return !known || (mark === 'closed' && known.mark !== 'closed');
      }),
    );
  }

  /** Applies a whole window: groups and rows that are not in it are gone. */
  replace(whole: ViewChange): Changes {
    return this.apply({
      ...whole,
      groups: { set: whole.groups.set, gone: missing(this.#branches.keys(), whole.groups.set) },
      rows: this.#withGone(whole.rows),
    });
  }

  /** Applies differences. */
  apply(change: ViewChange): Changes {
    const changed = new Set<Node>();
    const before = this.#now;
    const { groupCount, shown, hidden, leftOut, source, failure } = change;
    const namespaces = change.namespaces ?? before.namespaces;
    this.#now = { groupCount, shown, hidden, leftOut, namespaces, source, failure };
    const all = this.#applyGroups(change, changed) || !sameForRows(before, this.#now);
    for (const [id, { set, gone }] of Object.entries(change.rows)) {
      const branch = this.#branches.get(id);
      if (branch) applyRows(branch, set, gone, changed);
    }
    return all ? 'all' : withoutInner(changed);
  }

  /** True where groups came or went. */
  #applyGroups({ groups: { set, gone } }: ViewChange, changed: Set<Node>): boolean {
    const before = this.#branches.size;
    for (const id of gone) this.#branches.delete(id);
    let all = this.#branches.size !== before;
    for (const group of set) {
      const node = this.#branches.get(group.id)?.node;
      if (!node) {
        this.#branches.set(group.id, newBranch(group));
        all = true;
      } else if (!same(node.group, group)) {
        node.group = group;
        changed.add(node);
      }
    }
    if (all) this.#sorted = null;
    return all;
  }

  /** The rows of every branch as differences; a branch that is missing in `rows` has none. */
  #withGone(rows: ViewChange['rows']): ViewChange['rows'] {
    const whole: Record<string, ViewChange['rows'][string]> = {};
    for (const [id, { set }] of Object.entries(rows))
      whole[id] = { set, gone: missing(this.#branches.get(id)?.rows.keys() ?? [], set) };
    for (const [id, branch] of this.#branches)
      if (!(id in rows) && branch.rows.size > 0) whole[id] = { set: [], gone: [...branch.rows.keys()] };
    return whole;
  }

  #ended(nodes: readonly Node[], more: MoreNode, total: number): readonly Node[] {
    if (total <= nodes.length) return nodes;
    more.shown = nodes.length;
    more.total = total;
    return [...nodes, more];
  }
}

function newBranch(group: Group): Branch {
  const node: GroupNode = { kind: 'group', id: group.id, group };
  return { node, rows: new Map(), more: moreNode(node), sorted: null };
}

function moreNode(parent: GroupNode | undefined): MoreNode {
  return { kind: 'more', id: `${parent?.id ?? ''}/more`, parent, shown: 0, total: 0 };
}

function applyRows(branch: Branch, set: readonly Row[], gone: readonly string[], changed: Set<Node>): void {
  const { node, rows } = branch;
  const before = rows.size;
  for (const id of gone) rows.delete(id);
  let members = rows.size !== before;
  for (const row of set) {
    const known = rows.get(row.id);
    if (!known) {
      rows.set(row.id, { kind: 'socket', id: `${node.id}/${row.id}`, parent: node, row });
      members = true;
    } else if (!same(known.row, row)) {
      known.row = row;
      changed.add(known);
    }
  }
  if (!members) return;
  branch.sorted = null;
  changed.add(node);
}

/** A group that is redrawn takes its rows with it. */
function withoutInner(changed: ReadonlySet<Node>): readonly Node[] {
  return [...changed].filter((node) => node.kind !== 'socket' || !changed.has(node.parent));
}

function missing(known: Iterable<string>, set: readonly { readonly id: string }[]): string[] {
  const present = new Set(set.map(({ id }) => id));
  return [...known].filter((id) => !present.has(id));
}

/** Compares the facts of a view that the texts of rows depend on. */
function sameForRows(a: ViewFacts, b: ViewFacts): boolean {
  return a.groupCount === b.groupCount && (a.namespaces === b.namespaces || same(a.namespaces, b.namespaces));
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface Ordered {
  readonly order: string;
  readonly id: string;
}

function inOrder(a: Ordered, b: Ordered): number {
  return compare(a.order, b.order) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
