/** Lists sockets page by page. */

import type { Context } from '../context';
import { matcher } from '../inventory/filter-match';
import type { Inventory } from '../inventory/inventory';
import {
  type Container,
  ErrorCode,
  type Filter,
  type JsonList,
  type LeftOut,
  type ListParams,
  type Namespace,
  type PackedList,
  type PackedSockets,
  parseFilter,
  protocolError,
  type Socket,
  type ViewSocketsResult,
} from '../protocol';
import { accepted } from './accepted';
import type { ContainerNames } from './container-names';
import { connectionsOf, scanFiltered } from './filtered-scan';
import { jsonPages, objectPages, type Pages, packedPages } from './socket-page';

/** What the pages of a list have in common. */
interface Head {
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** As of JsonList. */
interface JsonHead extends Head {
  readonly containers: readonly Container[];
  readonly ownersLeftOut: number;
}

/** Within the agent, where the rows are bytes of the addon. */
export interface JsonPage extends JsonList {
  readonly jsonRows: Buffer;
}

/** The newest listings of one connection, kept for their later pages. */
export class Listings {
  readonly #names: ContainerNames;
  readonly #lists = new Newest<PackedSockets, Head>();
  readonly #jsonLists = new Newest<Buffer, JsonHead>();
  readonly #groups = new Newest<PackedSockets, null>();

  constructor(names: ContainerNames) {
    this.#names = names;
  }

  /** The first page of a new scan, or the page of a cursor. Errors: invalidFilter, cursorExpired, brokerLost, kernelRefused. */
  async answer(context: Context, params: ListParams): Promise<PackedList> {
    const { filter, cursor, connections = false, inOrder = false } = params;
    if (cursor !== undefined) return this.next(cursor);
    const { scan, numbers } = await this.#find(context, accepted(parseFilter(filter)));
    const page = this.list(scan.inventory, numbers, inOrder);
    return connections ? { ...page, connections: connectionsOf(scan) } : page;
  }

  /** Likewise, in order. */
  async answerJson(context: Context, { filter, cursor }: ListParams): Promise<JsonPage> {
    if (cursor !== undefined) return this.#nextJson(cursor);
    const { scan, numbers } = await this.#find(context, accepted(parseFilter(filter)));
    const { rows, programs } = scan.inventory;
    const listed = rows.list(numbers, true);
    const head = {
      ...this.#headOf(scan.inventory),
      containers: listed.containers.map(this.#named),
      ownersLeftOut: listed.ownersLeftOut,
    };
    return this.#nextJson(this.#jsonLists.begin(jsonPages(listed, programs, this.#named), head));
  }

  /** Numbers of those that match; null: of all that are not closed. */
  async #find(context: Context, filter: Filter) {
    const matches = matcher(filter);
    const scan = await scanFiltered(context, filter, matches);
    const numbers =
      filter.length === 0
        ? null
        : await scan.inventory.numbersOf(filter, (seen) => matches(this.#names.named(seen).socket));
    return { scan, numbers };
  }

  /** Lists the sockets of these numbers, or (null) all that are not closed, and returns the first page. */
  list(inventory: Inventory, numbers: readonly number[] | null, inOrder = false): PackedList {
    const listed = inventory.rows.list(numbers, inOrder);
    const pages = packedPages(listed, inventory.programs, this.#named);
    return this.next(this.#lists.begin(pages, this.#headOf(inventory)));
  }

  /** The page of a cursor. Throws cursorExpired where it is not of the newest list. */
  next(cursor: string): PackedList {
    const { page, total, head, cursor: after } = this.#lists.page(cursor);
    return { sockets: page, total, ...head, cursor: after };
  }

  #nextJson(cursor: string): JsonPage {
    const { page, total, head, cursor: after } = this.#jsonLists.page(cursor);
    return { jsonRows: page, total, ...head, cursor: after };
  }

  #headOf({ namespaces, leftOut }: Inventory): Head {
    return { namespaces: this.#names.namespaces(namespaces), leftOut };
  }

  readonly #named = (container: Container) => this.#names.namedContainer(container);

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
class Newest<Page, Head> {
  #made = 0;
  #listing: { readonly pages: Pages<Page>; readonly head: Head } | null = null;

  /** Takes the place of the one before; returns the cursor of the first page. */
  begin(pages: Pages<Page>, head: Head): string {
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
