/** JSON of messages, with parts that are JSON already. */

import { randomUUID } from 'node:crypto';

/** Stands for a part while the rest is encoded. Unguessable: no text of others may contain it. Made for the first part, as few need it. */
let placeholder = '';

/** Of the message that is being encoded, in order. */
let met: RawJson[] = [];

class RawJson {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  toJSON(): string {
    met.push(this);
    placeholder ||= randomUUID();
    return placeholder;
  }
}

/** A part of an answer, in place of the value that its JSON stands for; only encodeJson can encode it. */
export function rawJson<Value>(bytes: Buffer): Value {
  return new RawJson(bytes) as unknown as Value;
}

export function encodeJson(message: unknown): Buffer {
  met = [];
  const text = JSON.stringify(message);
  if (met.length === 0) return Buffer.from(text);
  const [first = '', ...others] = text.split(JSON.stringify(placeholder));
  const rest = met.flatMap(({ bytes }, index) => [bytes, Buffer.from(others[index] ?? '')]);
  return Buffer.concat([Buffer.from(first), ...rest]);
}
