/** Items that come when they come, for one reader. */

export class Queue<T> {
  readonly #items: T[] = [];
  #ended = false;
  #error: unknown = null;
  #wake = () => {};

  push(...items: readonly T[]): void {
    this.#items.push(...items);
    this.#wake();
  }

  /** What is there already is read first. With an error, the reader then gets that. */
  end(error: unknown = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  async *read(): AsyncGenerator<T, void, void> {
    for (;;) {
      const [item] = this.#items.splice(0, 1);
      if (item !== undefined) yield item;
      else if (this.#ended) break;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
    if (this.#error !== null) throw this.#error;
  }
}

/** Queues by the number that a message carries. A message may come before the answer that tells its number. */
export class Queues<T> {
  readonly #queues = new Map<number, Queue<T>>();

  of(id: number): Queue<T> {
    const queue = this.#queues.get(id) ?? new Queue<T>();
    this.#queues.set(id, queue);
    return queue;
  }

  /** Undefined: nobody reads it. */
  known(id: number): Queue<T> | undefined {
    return this.#queues.get(id);
  }

  forget(id: number): void {
    this.#queues.delete(id);
  }

  endAll(error: unknown): void {
    for (const queue of this.#queues.values()) queue.end(error);
  }
}
