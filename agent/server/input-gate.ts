/** Keeps a stream paused for as long as anybody wants it to be. */

import type { Readable } from 'node:stream';

export class InputGate {
  readonly #stream: Readable;
  readonly #holders = new Set<object>();

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  hold(holder: object): void {
    this.#holders.add(holder);
    this.#stream.pause();
  }

  release(holder: object): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) this.#stream.resume();
  }
}
