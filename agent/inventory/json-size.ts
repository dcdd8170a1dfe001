/** Bytes of sockets in answers, so that no message grows with the machine. */

import { limits, type Socket } from '../protocol';

const sizes = new WeakMap<Socket, number>();

/** As JSON; measured once, since a socket that has not changed is the same object from scan to scan. */
export function jsonSize(socket: Socket): number {
  const known = sizes.get(socket);
  if (known !== undefined) return known;
  const size = sizeOf(socket);
  sizes.set(socket, size);
  return size;
}

/** Of any other part of an answer. */
export function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Index behind the last of the items from `start` that fit into one message: at least one of them. */
export function pageEnd<Item>(
  items: readonly Item[],
  start: number,
  sizeOfItem: (item: Item) => number,
): number {
  const last = Math.min(items.length, start + limits.listPage);
  let end = start;
  for (let bytes = 0; end < last && bytes < limits.answer; end++) bytes += sizeOfItem(items[end] as Item);
  return end;
}
