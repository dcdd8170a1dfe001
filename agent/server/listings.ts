/** Lists sockets page by page. */

import { filterInSlices } from '../common/slices';
import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import type { SeenSocket } from '../inventory/known-socket';
import { withoutPaths } from '../inventory/mptcp';
import {
  ErrorCode,
  type Filter,
  type LeftOut,
  type Namespace,
  type PackedList,
  protocolError,
} from '../protocol';
import { connectionsOf, scanFiltered } from './filtered-scan';
import { packPage } from './socket-page';
import type { Subscriptions } from './subscriptions';

/** What a listing needs of its client: the names of containers that it has sent. */
type Names = Pick<Subscriptions, 'named' | 'namedContainer' | 'namespaces'>;

interface CachedListing {
  readonly id: number;
  readonly sockets: readonly SeenSocket[];
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** The newest listing of one connection, cached for its later pages. */
export class Listings {
  readonly #names: Names;
  #newest: CachedListing | null = null;
  #made = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Scans, and returns the first page. */
  async begin(context: Context, filter: Filter, withConnections = false): Promise<PackedList> {
    const matches = matcher(filter);
    const scan = await scanFiltered(context, filter, matches);
    const { inventory } = scan;
    const found = await filterInSlices(inventory.all(), (seen) => matches(this.#names.named(seen).socket));
    const namespaces = this.#names.namespaces(inventory.namespaces);
    const page = this.cache(withoutPaths(found), namespaces, inventory.leftOut);
    return withConnections ? { ...page, connections: await connectionsOf(scan) } : page;
  }

  /** Caches a listing that was made elsewhere, and returns its first page. */
  cache(sockets: readonly SeenSocket[], namespaces: readonly Namespace[], leftOut: LeftOut): PackedList {
    this.#made++;
    this.#newest = { id: this.#made, sockets, namespaces, leftOut };
    return this.page(`${this.#made}:0`);
  }

  /** Throws cursorExpired where the cursor is not of the newest listing. */
  page(cursor: string): PackedList {
    const [id, start] = cursor.split(':').map(Number);
    const newest = this.#newest;
    if (!newest || newest.id !== id || start === undefined || !(start >= 0 && start <= newest.sockets.length))
      throw protocolError(ErrorCode.cursorExpired, 'This listing is over: list again from the start');
    const { packed, end } = packPage(newest.sockets, start, (container) =>
      this.#names.namedContainer(container),
    );
    const more = end < newest.sockets.length;
    if (!more) this.#newest = null;
    return {
      sockets: packed,
      total: newest.sockets.length,
      namespaces: newest.namespaces,
      leftOut: newest.leftOut,
      cursor: more ? `${newest.id}:${end}` : null,
    };
  }
}
