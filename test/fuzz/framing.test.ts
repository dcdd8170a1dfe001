/** The base protocol: whatever arrives, in whatever pieces, is a message or the end of the connection. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { Message } from 'vscode-jsonrpc/node';
import { limits } from '../../agent/protocol';
import { GuardedMessageReader } from '../../agent/server/framing';
import { fuzzAsync } from './fuzz';

interface Outcome {
  readonly messages: readonly Message[];
  readonly errors: number;
  readonly closed: boolean;
}

async function read(chunks: readonly Buffer[]): Promise<Outcome> {
  const stream = new Readable({ read() {} });
  const messages: Message[] = [];
  let errors = 0;
  const reader = new GuardedMessageReader(stream);
  reader.onError(() => {
    errors += 1;
  });
  reader.listen((message) => messages.push(message));
  for (const chunk of chunks) stream.push(chunk);
  // Each turn hands out one message; and at first the stream begins to flow.
  for (let idle = 0, before = -1; idle < 3; idle = messages.length === before ? idle + 1 : 0) {
    before = messages.length;
    await new Promise(setImmediate);
  }
  const closed = stream.destroyed;
  stream.destroy();
  return { messages, errors, closed };
}

const body = fc.oneof(
  fc
    .jsonValue({ stringUnit: 'binary', maxDepth: 2 })
    .map((params) => JSON.stringify({ jsonrpc: '2.0', params })),
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('{"jsonrpc":1,"__proto__":{"polluted":1}}', '['.repeat(10_000), '{"a":'.repeat(10_000)),
);

const lengths = fc.constantFrom(
  '0',
  '-1',
  '1',
  '2',
  '9',
  '1e3',
  '0x10',
  '999999999999',
  String(limits.message + 1),
);

const header = fc.oneof(
  fc.constantFrom(
    'Content-Length: ',
    'content-length:',
    'Content-Type: a; charset=utf-8\r\nContent-Length: ',
  ),
  fc.constantFrom(
    'Content-Length: 3\r\nContent-Length: ',
    'Content-Length : ',
    'X: y\r\nContent-Length: ',
    '',
  ),
);

const frame = fc
  .record({ header, body, length: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, lengths) })
  .map(({ header, body, length }) =>
    Buffer.from(`${header}${length ?? Buffer.byteLength(body)}\r\n\r\n${body}`),
  );

const bytes = fc
  .array(
    fc.oneof(
      { weight: 10, arbitrary: frame },
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 5 },
  )
  .map((frames) => Buffer.concat(frames));

/** Where the bytes are cut, as parts of their length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

function cut(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((part) => Math.floor(part * whole.length)), whole.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, at) => whole.subarray(places[at], end));
}

fuzzAsync(
  'bytes are the same messages, however they are cut',
  fc.tuple(bytes, cuts),
  async ([whole, places]) => {
    const inOne = await read([whole]);
    assert.deepEqual(await read(cut(whole, places)), inOne);
    assert.ok(inOne.errors <= 1);
    assert.equal(inOne.closed, inOne.errors === 1, 'a bad frame ends the connection, and nothing else does');
    for (const message of inOne.messages) assert.ok('jsonrpc' in message);
  },
);

const messages = fc.array(
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }).map((params) => ({ jsonrpc: '2.0', params })),
  { maxLength: 5 },
);

fuzzAsync('messages come as they were sent', fc.tuple(messages, cuts), async ([sent, places]) => {
  const frames = sent.map((message) => {
    const text = JSON.stringify(message);
    return Buffer.from(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  });
  const { messages: received, closed } = await read(cut(Buffer.concat(frames), places));
  assert.deepEqual(received, JSON.parse(JSON.stringify(sent)));
  assert.equal(closed, false);
});
