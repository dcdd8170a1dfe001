/** Asynchronous queues, each for one reader. */

export class Queue<T> {
  readonly #items: T[] = [];
  #ended = false;
  #error: unknown = null;
  #wake = () => {};

  push(...items: readonly T[]): void {
    this.#items.push(...items);
    this.#wake();
  }

  /** The reader gets the items so far first, then the error if there is one. */
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

/** Queues by the number in a notification, which may arrive before the answer that assigns the number. */
export class Queues<T> {
  readonly #queues = new Map<number, Queue<T>>();

  of(id: number): Queue<T> {
    const queue = this.#queues.get(id) ?? new Queue<T>();
    this.#queues.set(id, queue);
    return queue;
  }

  /** Undefined: there is no reader. */
  existing(id: number): Queue<T> | undefined {
    return this.#queues.get(id);
  }

  forget(id: number): void {
    this.#queues.delete(id);
  }

  endAll(error: unknown): void {
    for (const queue of this.#queues.values()) queue.end(error);
  }
}
