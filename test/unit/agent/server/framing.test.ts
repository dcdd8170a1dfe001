import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { Message } from 'vscode-jsonrpc/node';
import { limits } from '../../../../agent/protocol';
import { GuardedMessageReader } from '../../../../agent/server/framing';
import { InputGate } from '../../../../agent/server/input-gate';

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
  for (let read = -1; read < messages.length; await new Promise(setImmediate)) read = messages.length;
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

it('R12: no more than one message is handed out in a turn, and nothing is read while others wait', async () => {
  const stream = new PassThrough();
  const gate = new InputGate(stream);
  const ids: unknown[] = [];
  const sent = Array.from({ length: 1000 }, (_, id) => id);
  new GuardedMessageReader(stream, gate).listen((message) => ids.push((message as { id?: unknown }).id));
  stream.write(sent.map((id) => frame(JSON.stringify({ jsonrpc: '2.0', id }))).join(''));
  for (let turn = 0; ids.length < sent.length; turn++) {
    const before = ids.length;
    await new Promise(setImmediate);
    assert.ok(ids.length <= before + 1, `${ids.length - before} messages in turn ${turn}`);
    assert.equal(stream.isPaused(), ids.length > 0 && ids.length < sent.length, `after ${ids.length}`);
  }
  assert.deepEqual(ids, sent);
  // Somebody else may want it paused, too.
  gate.hold(ids);
  stream.write(frame(hello));
  await new Promise(setImmediate);
  assert.ok(stream.isPaused());
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
