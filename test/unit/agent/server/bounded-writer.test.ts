/** Clients on real Unix sockets that read, read slowly, or do not read. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from 'vscode-jsonrpc/node';
import { BoundedWriter } from '../../../../agent/server/bounded-writer';
import { InputGate } from '../../../../agent/server/input-gate';
import { until } from '../../../helpers/programs';

const MiB = 1024 * 1024;
/** Both ends are this process, which may have to wait for a processor. */
const limits = { maxWaiting: MiB, maxBehind: 16 * MiB, maxStallMs: 1000 };

function messageOf(size: number): Message {
  return { jsonrpc: '2.0', text: 'x'.repeat(size) } as Message;
}

function notificationOf(size: number): Message {
  return { ...messageOf(size), method: 'changed' } as Message;
}

describe('a bounded writer', () => {
  let server: Server;
  const path = `\0sockscope-test-writer-${process.pid}`;
  before(async () => {
    server = createServer().listen(path);
    await once(server, 'listening');
  });
  after(() => server.close());

  /** Both ends of a connection; the client does not read by itself. */
  async function connect(): Promise<{ client: Socket; served: Socket; writer: BoundedWriter }> {
    const accepted = once(server, 'connection');
    const client = createConnection(path).pause();
    const [served] = (await accepted) as [Socket];
    client.on('error', () => {});
    served.on('error', () => {});
    return { client, served, writer: new BoundedWriter(served, new InputGate(served), limits) };
  }

  const isClosed = (socket: Socket) => socket.destroyed;

  it('messages arrive whole and in order', async () => {
    const { client, served, writer } = await connect();
    let text = '';
    client.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    client.resume();
    const sizes = [1, 200_000, 0, 64 * 1024];
    await Promise.all(sizes.map((size) => writer.write(messageOf(size))));
    assert.equal(writer.waiting, 0);
    served.end();
    await once(client, 'end');
    const expected = sizes.map((size) => {
      const body = JSON.stringify(messageOf(size));
      return `Content-Length: ${body.length}\r\n\r\n${body}`;
    });
    assert.equal(text, expected.join(''));
  });

  it('waiting bytes count at once, and requests are read again when the client has read them', async () => {
    const { client, served, writer } = await connect();
    served.resume();
    const written = [1, 2, 3].map(() => writer.write(messageOf(MiB)));
    assert.ok(writer.waiting >= MiB, String(writer.waiting));
    assert.equal(served.isPaused(), true);
    client.resume();
    await Promise.all(written);
    assert.deepEqual([writer.waiting, served.isPaused()], [0, false]);
    client.destroy();
  });

  it('a client that reads nothing is dropped, and its waiting messages are rejected', async () => {
    const { served, writer } = await connect();
    const written = [1, 2, 3].map(() => writer.write(messageOf(MiB)));
    await Promise.all(written.map((each) => assert.rejects(each, /hung up/)));
    assert.ok(isClosed(served));
    await assert.rejects(writer.write(messageOf(1)), /hung up/);
  });

  it('a client that does not read a few bytes is not dropped', async () => {
    const { client, served, writer } = await connect();
    void writer.write(messageOf(MiB / 2)).catch(() => {});
    await sleep(2 * limits.maxStallMs);
    assert.ok(!isClosed(served));
    client.destroy();
  });

  it('a client that reads a large answer slowly is not dropped', async () => {
    const { client, served, writer } = await connect();
    const written = writer.write(messageOf(8 * MiB));
    let read = 0;
    // In total longer than the limit for a client that does not read.
    for (let turn = 0; turn < 30; turn++) {
      await sleep(limits.maxStallMs / 10);
      read += (client.read(200_000) as Buffer | null)?.length ?? 0;
    }
    assert.ok(read > 30 * 60_000, String(read));
    assert.ok(!isClosed(served));
    client.resume();
    await written;
    client.destroy();
  });

  it('of many large messages to a client that reads, one at a time is text, and all of them arrive', async () => {
    const { client, writer } = await connect();
    const written = Array.from({ length: 40 }, () => writer.write(messageOf(5 * MiB)));
    assert.ok(writer.waiting < 6 * MiB, String(writer.waiting));
    let bytes = 0;
    let most = 0;
    client.on('data', (part: Buffer) => {
      bytes += part.length;
      most = Math.max(most, writer.waiting);
    });
    client.resume();
    await Promise.all(written);
    assert.ok(most < 7 * MiB, String(most));
    await until('all has arrived', () => bytes > 200 * MiB);
    client.destroy();
  });

  it('a client for whom notifications pile up is dropped, although it reads a little', async () => {
    const { client, served, writer } = await connect();
    let sent = 0;
    for (; sent < 40 && !isClosed(served); sent++) {
      void writer.write(notificationOf(MiB)).catch(() => {});
      client.read(64 * 1024);
      await sleep(10);
    }
    assert.ok(sent >= 16 && sent < 24, String(sent));
  });

  it('answers and notifications go out in the order in which they were written', async () => {
    const { client, writer } = await connect();
    const written = Array.from({ length: 12 }, (_, index) =>
      writer.write(
        Object.assign(index % 3 === 0 ? notificationOf(MiB / 2) : messageOf(MiB / 2), { number: index }),
      ),
    );
    let text = '';
    client.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    client.resume();
    await Promise.all(written);
    while ((text.match(/"number"/g) ?? []).length < 12) await once(client, 'data');
    const numbers = [...text.matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    client.destroy();
  });
});
