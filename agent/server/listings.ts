/** Lists sockets page by page. */

import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import type { Inventory } from '../inventory/inventory';
import {
  ErrorCode,
  type Filter,
  type LeftOut,
  type ListParams,
  type Namespace,
  type PackedList,
  parseFilter,
  protocolError,
  type Socket,
  type ViewSocketsResult,
} from '../protocol';
import { accepted } from './accepted';
import type { ContainerNames } from './container-names';
import { connectionsOf, scanFiltered } from './filtered-scan';
import { objectPages, type Pages, packedPages } from './socket-page';

/** What the pages of a list have in common. */
interface Head {
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** The newest listings of one connection, kept for their later pages. */
export class Listings {
  readonly #names: ContainerNames;
  readonly #lists = new Newest<Head>();
  readonly #groups = new Newest<null>();

  constructor(names: ContainerNames) {
    this.#names = names;
  }

  /** The first page of a new scan, or the page of a cursor. Errors: invalidFilter, cursorExpired, brokerLost, kernelRefused. */
  async answer(context: Context, { filter, cursor, connections }: ListParams): Promise<PackedList> {
    if (cursor !== undefined) return this.next(cursor);
    return this.#begin(context, accepted(parseFilter(filter)), connections);
  }

  /** Scans, and returns the first page. */
  async #begin(context: Context, filter: Filter, withConnections = false): Promise<PackedList> {
    const matches = matcher(filter);
    const scan = await scanFiltered(context, filter, matches);
    const { inventory } = scan;
    const numbers =
      filter.length === 0
        ? null
        : await inventory.numbersOf(filter, (seen) => matches(this.#names.named(seen).socket));
    const page = this.list(inventory, numbers);
    return withConnections ? { ...page, connections: connectionsOf(scan) } : page;
  }

  /** Lists the sockets of these numbers, or (null) all that are not closed, and returns the first page. */
  list(inventory: Inventory, numbers: readonly number[] | null): PackedList {
    const { leftOut } = inventory;
    const namespaces = this.#names.namespaces(inventory.namespaces);
    const pages = packedPages(inventory, numbers, (container) => this.#names.namedContainer(container));
    return this.next(this.#lists.begin(pages, { namespaces, leftOut }));
  }

  /** The page of a cursor. Throws cursorExpired where it is not of the newest list. */
  next(cursor: string): PackedList {
    const { page, total, head, cursor: after } = this.#lists.page(cursor);
    return { sockets: page, total, ...head, cursor: after };
  }

  /** The first page of the sockets of a view's group. */
  beginGroup(sockets: readonly Socket[]): ViewSocketsResult {
    return this.nextOfGroup(this.#groups.begin(objectPages(sockets), null));
  }

  /** Likewise. */
  nextOfGroup(cursor: string): ViewSocketsResult {
    const { page, cursor: after } = this.#groups.page(cursor);
    return { sockets: page, cursor: after };
  }
}

/** The newest listing of a kind. */
class Newest<Head> {
  #made = 0;
  #listing: { readonly pages: Pages; readonly head: Head } | null = null;

  /** Takes the place of the one before; returns the cursor of the first page. */
  begin(pages: Pages, head: Head): string {
    this.#made++;
    this.#listing = { pages, head };
    return `${this.#made}:0`;
  }

  /** Throws cursorExpired where the cursor is not of this listing. */
  page(cursor: string) {
    const [id, start] = cursor.split(':').map(Number);
    const { pages, head } = this.#listing ?? {};
    if (!pages || id !== this.#made || start === undefined || !(start >= 0 && start <= pages.total))
      throw protocolError(ErrorCode.cursorExpired, 'This listing is over: list again from the start');
    const { page, end } = pages.page(start);
    const more = end < pages.total;
    if (!more) this.#listing = null;
    return { page, total: pages.total, head: head as Head, cursor: more ? `${id}:${end}` : null };
  }
}
