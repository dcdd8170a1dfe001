/** Chains of places with the same hash, in the order in which they were added; adding and removing cost the same however long one is. */

const none = -1;

export class PlaceChains {
  readonly #mask: number;
  /** By hash: the place that was added last. */
  readonly #heads: Int32Array;
  /** By place: its neighbours in the chain. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #hashes: Int32Array;

  constructor(places: number) {
    const heads = 2 ** Math.ceil(Math.log2(places));
    this.#mask = heads - 1;
    this.#heads = new Int32Array(heads).fill(none);
    this.#older = new Int32Array(places).fill(none);
    this.#newer = new Int32Array(places).fill(none);
    this.#hashes = new Int32Array(places).fill(none);
  }

  add(place: number, hash: number): void {
    const short = hash & this.#mask;
    const head = this.#heads[short] ?? none;
    this.#hashes[place] = short;
    this.#older[place] = head;
    this.#newer[place] = none;
    if (head !== none) this.#newer[head] = place;
    this.#heads[short] = place;
  }

  /** A place that is in no chain stays so. */
  remove(place: number): void {
    const hash = this.#hashes[place] ?? none;
    if (hash === none) return;
    const older = this.#older[place] ?? none;
    const newer = this.#newer[place] ?? none;
    if (older !== none) this.#newer[older] = newer;
    if (newer !== none) this.#older[newer] = older;
    else this.#heads[hash] = older;
    this.#hashes[place] = none;
  }

  /** Others of its chain, at most so many, those next to it first. */
  *around(place: number, max: number): Generator<number, void, void> {
    if ((this.#hashes[place] ?? none) === none) return;
    let older = this.#older[place] ?? none;
    let newer = this.#newer[place] ?? none;
    for (let left = max; left > 0 && (older !== none || newer !== none); left -= 2) {
      if (older !== none) yield older;
      if (newer !== none) yield newer;
      older = this.#older[older] ?? none;
      newer = this.#newer[newer] ?? none;
    }
  }
}
