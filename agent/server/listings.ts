/** Lists sockets page by page. */

import { inSlices } from '../common/slices';
import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import { portsOf } from '../inventory/filter-ports';
import type { Inventory } from '../inventory/inventory';
import { jsonSize, pageEnd } from '../inventory/json-size';
import {
  ErrorCode,
  type Filter,
  type LeftOut,
  type ListResult,
  type Namespace,
  protocolError,
  type Socket,
} from '../protocol';
import type { Subscriptions } from './subscriptions';

interface CachedListing {
  readonly id: number;
  readonly sockets: readonly Socket[];
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** The newest listing of one connection, cached for its later pages. */
export class Listings {
  #newest: CachedListing | null = null;
  #made = 0;

  /** Scans, and returns the first page. */
  async begin(context: Context, filter: Filter, subscriptions: Subscriptions): Promise<ListResult> {
    const matches = matcher(filter);
    const inventory = await inventoryFor(context, filter, matches);
    const found = await inSlices(matching(inventory, matches, subscriptions));
    return this.cache(found, subscriptions.namespaces(inventory.namespaces), inventory.leftOut);
  }

  /** Caches a listing that was made elsewhere, and returns its first page. */
  cache(sockets: readonly Socket[], namespaces: readonly Namespace[], leftOut: LeftOut): ListResult {
    this.#made++;
    this.#newest = { id: this.#made, sockets, namespaces, leftOut };
    return this.page(`${this.#made}:0`);
  }

  /** Throws cursorExpired where the cursor is not of the newest listing. */
  page(cursor: string): ListResult {
    const [id, start] = cursor.split(':').map(Number);
    const newest = this.#newest;
    if (!newest || newest.id !== id || start === undefined || !(start >= 0 && start <= newest.sockets.length))
      throw protocolError(ErrorCode.cursorExpired, 'This listing is over: list again from the start');
    const end = pageEnd(newest.sockets, start, jsonSize);
    const more = end < newest.sockets.length;
    if (!more) this.#newest = null;
    return {
      sockets: newest.sockets.slice(start, end),
      total: newest.sockets.length,
      namespaces: newest.namespaces,
      leftOut: newest.leftOut,
      cursor: more ? `${newest.id}:${end}` : null,
    };
  }
}

/** Without a scan of all sockets where the filter names ports. */
async function inventoryFor(
  { scanner }: Context,
  filter: Filter,
  matches: (socket: Socket) => boolean,
): Promise<Inventory> {
  const ports = portsOf(filter);
  if (!ports) return scanner.scan();
  const selected = await scanner.scanFor(ports.map((port) => ({ local: { port }, remote: null })));
  // Behind a published port of a container the other end has other ports: only all sockets show it, by sequence numbers, which what
  // has no owner lacks.
  const lacksPeer = [...selected.all()].some(
    ({ socket }) =>
      socket.remote !== null &&
      socket.protocol === 'tcp' &&
      socket.owners.length > 0 &&
      !socket.peer &&
      matches(socket),
  );
  return lacksPeer ? scanner.scan() : selected;
}

function* matching(
  inventory: Inventory,
  matches: (socket: Socket) => boolean,
  subscriptions: Subscriptions,
): Generator<void, Socket[], void> {
  const found: Socket[] = [];
  for (const seen of inventory.all()) {
    const { socket } = subscriptions.named(seen);
    if (matches(socket)) found.push(socket);
    yield;
  }
  return found;
}
