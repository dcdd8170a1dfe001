/** JSON of messages, with parts that are JSON already. */

import type * as Crypto from 'node:crypto';
import { createRequire } from 'node:module';

/** Stands for a part while the rest is encoded. Unguessable: no text of others may contain it. Made for the first part. */
let placeholder = '';

/** Of the message that is being encoded, in order. */
let met: RawJson[] = [];

/** Loading node:crypto takes some milliseconds of a start, and a list of the command line needs no placeholder. */
function makePlaceholder(): string {
  const { randomUUID }: typeof Crypto = createRequire(__filename)('node:crypto');
  return randomUUID();
}

class RawJson {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  toJSON(): string {
    met.push(this);
    placeholder ||= makePlaceholder();
    return placeholder;
  }
}

/** A part of an answer, in place of the value that its JSON stands for; only encodeJson and jsonParts can encode it. */
export function rawJson<Value>(bytes: Buffer): Value {
  return new RawJson(bytes) as unknown as Value;
}

/** Likewise, in place of an array, `bytes` being JSON of its items with commas in between. */
export function rawItems<Items>(bytes: Buffer): Items {
  return [new RawJson(bytes)] as unknown as Items;
}

/** The value that a part of an answer stands for. */
export function parsed<Value>(part: Value): Value {
  return part instanceof RawJson ? JSON.parse(part.bytes.toString('utf8')) : part;
}

export function encodeJson(message: unknown): Buffer {
  return Buffer.concat(jsonParts(message));
}

/** The same, not yet put together. */
export function jsonParts(message: unknown): Buffer[] {
  met = [];
  const text = JSON.stringify(message);
  if (met.length === 0) return [Buffer.from(text)];
  const [first = '', ...others] = text.split(JSON.stringify(placeholder));
  const rest = met.flatMap(({ bytes }, index) => [bytes, Buffer.from(others[index] ?? '')]);
  return [Buffer.from(first), ...rest];
}
