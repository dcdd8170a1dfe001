/** Listing sockets, page by page. */

import { matcher } from './match';
import { ErrorCode, type Filter, type ListResult, limits, protocolError, type Socket } from './protocol';
import type { Service } from './service';

/** The newest listing of one connection, kept for its later pages. */
export class Listings {
  #newest: { readonly id: number; readonly sockets: readonly Socket[] } | null = null;
  #made = 0;

  /** The first page of a new look. */
  async begin(service: Service, filter: Filter): Promise<ListResult> {
    const matches = matcher(filter);
    const inventory = await service.look();
    const sockets = [...inventory.all()].map(({ socket }) => socket).filter(matches);
    this.#made++;
    this.#newest = { id: this.#made, sockets };
    return this.page(`${this.#made}:0`);
  }

  /** Throws cursorExpired where the cursor is not of the newest listing. */
  page(cursor: string): ListResult {
    const [id, start] = cursor.split(':').map(Number);
    const newest = this.#newest;
    if (!newest || newest.id !== id || start === undefined || !(start >= 0 && start <= newest.sockets.length))
      throw protocolError(ErrorCode.cursorExpired, 'This listing is over: list again from the start');
    const end = start + limits.listPage;
    const more = end < newest.sockets.length;
    if (!more) this.#newest = null;
    return {
      sockets: newest.sockets.slice(start, end),
      total: newest.sockets.length,
      cursor: more ? `${newest.id}:${end}` : null,
    };
  }
}
