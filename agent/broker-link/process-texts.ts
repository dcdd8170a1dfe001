/** Start time and name of the processes in rows: of each once, since most rows have one that another row has. */

import { layout } from './native';
import { decodeName, decodeU64 } from './records';

interface Texts {
  readonly startTime: string;
  readonly name: string;
}

const { offsets } = layout.socket_record;
const nameSize = 16;

export class ProcessTexts {
  readonly #bytes: Buffer;
  /** By pid, those of the last row that has other ones than the row before; `at`: its start. */
  readonly #last = new Map<number, { readonly at: number; readonly texts: Texts }>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Of the row that starts there. */
  of(pid: number, at: number): Texts {
    const last = this.#last.get(pid);
    if (last && this.#isSame(last.at, at)) return last.texts;
    const texts = {
      startTime: decodeU64(this.#bytes, at + offsets.start_time),
      name: decodeName(this.#bytes, at + offsets.name),
    };
    this.#last.set(pid, { at, texts });
    return texts;
  }

  #isSame(a: number, b: number): boolean {
    const { start_time, name } = offsets;
    return this.#equal(a + start_time, b + start_time, 8) && this.#equal(a + name, b + name, nameSize);
  }

  #equal(a: number, b: number, size: number): boolean {
    for (let index = 0; index < size; index++)
      if (this.#bytes[a + index] !== this.#bytes[b + index]) return false;
    return true;
  }
}
