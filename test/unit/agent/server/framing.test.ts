import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { Message } from 'vscode-jsonrpc/node';
import { limits } from '../../../../agent/protocol';
import { GuardedMessageReader } from '../../../../agent/server/framing';

function frame(body: string, header = `Content-Length: ${Buffer.byteLength(body)}`): string {
  return `${header}\r\n\r\n${body}`;
}

/** Feeds the chunks one after the other; resolves with the messages and errors. */
async function read(...chunks: (string | Buffer)[]) {
  const stream = new PassThrough();
  const messages: Message[] = [];
  const errors: Error[] = [];
  const reader = new GuardedMessageReader(stream);
  reader.onError((error) => errors.push(error));
  reader.listen((message) => messages.push(message));
  for (const chunk of chunks) {
    if (!stream.destroyed) stream.write(chunk);
    await new Promise(setImmediate);
  }
  return { messages, errors, closed: stream.destroyed };
}

const hello = '{"jsonrpc":"2.0","method":"hällo"}';

it('messages are complete, however their bytes are split', async () => {
  const bytes = Buffer.from(frame(hello) + frame(hello));
  assert.equal((await read(bytes)).messages.length, 2);
  const single = Array.from(bytes, (byte) => Buffer.from([byte]));
  assert.equal((await read(...single)).messages.length, 2);
  const typed = frame(hello, `Content-Length: ${Buffer.byteLength(hello)}\r\nContent-Type: x; charset=utf-8`);
  assert.equal((await read(typed)).messages.length, 1);
});

describe('a bad frame closes the connection', () => {
  const bad: Record<string, string> = {
    'a header without end': 'x'.repeat(200),
    'a header that is too long': `Content-Length: 2${' '.repeat(200)}\r\n\r\n{}`,
    'no length': frame(hello, 'Content-Type: a; charset=utf-8'),
    'a negative length': frame(hello, 'Content-Length: -5'),
    'a word as length': frame(hello, 'Content-Length: abc'),
    'no bytes': frame('', 'Content-Length: 0'),
    'more than the limit': frame('', `Content-Length: ${limits.message + 1}`),
    'another charset': frame(hello, `Content-Length: ${hello.length}\r\nContent-Type: a; charset=utf-16`),
    'an unknown header': frame(hello, 'Content-Encoding: gzip'),
    'no JSON': frame('{oops'),
    'no JSON-RPC': frame('[1,2]'),
    null: frame('null'),
  };
  for (const [name, bytes] of Object.entries(bad))
    it(name, async () => {
      const { messages, errors, closed } = await read(bytes, frame(hello));
      assert.deepEqual(messages, []);
      assert.equal(errors.length, 1);
      assert.ok(closed);
    });
});
