/** What of a view's window a client does not have yet, as far as it fits into one message. */

import { jsonSize, sizeOf } from '../inventory/json-size';
import type { Group, Row, Window } from '../protocol';
import { sameSocket } from './difference';

/** Room that is left in one message. */
export interface Budget {
  items: number;
  bytes: number;
  /** Something did not fit. */
  spent: boolean;
}

interface Comparison<Item> {
  readonly same: (a: Item, b: Item) => boolean;
  readonly sizeOf: (item: Item) => number;
}

/** Bytes of an id, and of a row without its socket. */
const idSize = 32;
const rowOverhead = 200;

function rowSize({ socket, order }: Row): number {
  return jsonSize(socket) + order.length + rowOverhead;
}

/** Takes room for one item; false: there is none. The last one may be larger than what is left. */
function fits(budget: Budget, size: () => number): boolean {
  if (budget.items <= 0 || budget.bytes <= 0) {
    budget.spent = true;
    return false;
  }
  budget.bytes -= size();
  return true;
}

/** Items beyond the budget count as not sent yet, or as not gone yet. */
export function windowDifference<Item extends { readonly id: string }>(
  items: readonly Item[],
  sent: ReadonlyMap<string, Item>,
  { same, sizeOf }: Comparison<Item>,
  budget: Budget,
): { readonly window: Window<Item>; readonly sent: Map<string, Item> } {
  const now = new Map<string, Item>();
  const set: Item[] = [];
  const gone = new Set(sent.keys());
  for (const item of items) {
    gone.delete(item.id);
    const before = sent.get(item.id);
    const isNew = !before || !same(before, item);
    const goes = isNew && fits(budget, () => sizeOf(item));
    if (goes) {
      budget.items--;
      set.push(item);
    }
    const known = goes ? item : before;
    if (known) now.set(item.id, known);
  }
  for (const id of gone) {
    const before = sent.get(id);
    if (!before || fits(budget, () => idSize)) continue;
    gone.delete(id);
    now.set(id, before);
  }
  return { window: { set, gone: [...gone] }, sent: now };
}

function sameGroup(a: Group, b: Group): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Not known yet and none are the same to who looks on: else each row would be sent once more for its first rate. */
function rate({ bytesPerSecond }: Row): number {
  return bytesPerSecond ?? 0;
}

function sameRow(a: Row, b: Row): boolean {
  return (
    a.mark === b.mark &&
    a.reason === b.reason &&
    rate(a) === rate(b) &&
    a.socket.container?.name === b.socket.container?.name &&
    sameSocket(a.socket, b.socket)
  );
}

export const groupComparison: Comparison<Group> = { same: sameGroup, sizeOf };
export const rowComparison: Comparison<Row> = { same: sameRow, sizeOf: rowSize };
