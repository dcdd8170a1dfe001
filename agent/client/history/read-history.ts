/** Reads the history of connections, and goes on with what comes. */

import { type HistoryPage, type HistoryParams, listHistory, type PastConnection } from '../../protocol';
import type { Requester } from '../requester';

export type ReadHistory = Omit<HistoryPage, 'more' | 'end'>;

/** All that there was when it was called; of each connection the newest. */
export async function readHistory(
  client: Requester,
  params: HistoryParams,
  stopped?: AbortSignal,
): Promise<ReadHistory> {
  const connections = new Map<string, PastConnection>();
  let after = params.after;
  let until: number | undefined;
  let missed = false;
  for (;;) {
    stopped?.throwIfAborted();
    const { more, end, ...page } = await client.request(listHistory, {
      ...params,
      ...(after === undefined ? {} : { after }),
    });
    for (const connection of page.connections) {
      // It lies behind what happened in between.
      connections.delete(connection.id);
      connections.set(connection.id, connection);
    }
    missed ||= page.missed;
    until ??= end;
    after = page.next;
    if (!more || page.next >= until) return { ...page, missed, connections: [...connections.values()] };
  }
}

/** Reads what is new each time that it is asked to, one time after the other. */
export class HistoryReader {
  readonly #client: Requester;
  readonly #params: HistoryParams;
  readonly #onRead: (read: ReadHistory) => void | Promise<void>;
  readonly #stopped = new AbortController();
  #next: number | undefined;
  #reading: Promise<void> | null = null;
  #again = false;

  /** `params`: of the first read; later ones have no limit of time. Nothing is read before `onRead` is done with what was. */
  constructor(client: Requester, params: HistoryParams, onRead: (read: ReadHistory) => void | Promise<void>) {
    this.#client = client;
    this.#params = params;
    this.#onRead = onRead;
  }

  /** Resolves once all by now was read. */
  async read(): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** Asks for nothing more: a read that is not over rejects. */
  stop(): void {
    this.#stopped.abort();
  }

  async #readAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { filter } = this.#params;
      const params = this.#next === undefined ? this.#params : { filter, after: this.#next };
      const read = await readHistory(this.#client, params, this.#stopped.signal);
      this.#next = read.next;
      await this.#onRead(read);
    }
  }
}
