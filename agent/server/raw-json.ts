/** JSON of messages, with parts that are text already: what many messages have in common is encoded once. */

import { randomUUID } from 'node:crypto';

/** Stands for a part while the rest is encoded. Unguessable: no text of others may contain it. */
const placeholder = randomUUID();
const quoted = JSON.stringify(placeholder);

/** Of the message that is being encoded, in order. */
let met: RawJson[] = [];

class RawJson {
  readonly items: readonly string[];

  constructor(items: readonly string[]) {
    this.items = items;
  }

  toJSON(): string {
    met.push(this);
    return placeholder;
  }
}

/** A list in an answer, whose items are JSON already; only encodeJson can encode it. */
export function rawItems<Item>(items: readonly string[]): readonly Item[] {
  return new RawJson(items) as unknown as readonly Item[];
}

export function encodeJson(message: unknown): Buffer {
  met = [];
  const [first = '', ...others] = JSON.stringify(message).split(quoted);
  const text = met.map(({ items }, index) => `[${items.join()}]${others[index]}`);
  return Buffer.from(first + text.join(''));
}
