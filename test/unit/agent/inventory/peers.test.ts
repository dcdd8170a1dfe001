import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JoinedRows } from '../../../../agent/broker-link/joined-rows';
import { joined, type RowSocket, rowSocket } from '../../../helpers/rows';

function peersIn(rows: JoinedRows): number[] {
  return Array.from({ length: rows.size }, (_, socket) => rows.relations(socket).peer ?? -1);
}

/** The number of the peer of each socket; -1: it has none. */
async function pairs(sockets: readonly RowSocket[]): Promise<number[]> {
  return peersIn(await joined(sockets));
}

describe('peers', () => {
  it('are the mirrored tuples of one namespace', async () => {
    const client = rowSocket('127.0.0.1:40000', '127.0.0.1:3000');
    const server = rowSocket('127.0.0.1:3000', '127.0.0.1:40000');
    assert.deepEqual(
      await pairs([client, server, rowSocket('127.0.0.1:3000', '127.0.0.1:40001')]),
      [1, 0, -1],
    );
  });

  it('see through IPv4-mapped addresses', async () => {
    const client = rowSocket('127.0.0.1:40000', '127.0.0.1:3000');
    const server = rowSocket('[::ffff:127.0.0.1]:3000', '[::ffff:127.0.0.1]:40000');
    assert.deepEqual(await pairs([client, server]), [1, 0]);
  });

  it('are none if the handshake is not over, or failed: any process can mirror a tuple that far', async () => {
    const victim = rowSocket('[2001:db8::1]:40000', '[2001:db8::2]:3000');
    for (const state of ['syn-sent', 'syn-recv', 'bound', 'close'] as const) {
      const mirror = rowSocket('[2001:db8::2]:3000', '[2001:db8::1]:40000', { state });
      assert.deepEqual(await pairs([victim, mirror]), [-1, -1], state);
    }
  });

  it('are in other namespaces if their sequence numbers agree', async () => {
    const near = { netns: 1, sent: 5000, received: 900 };
    const far = { netns: 2, sent: 900, received: 4800 };
    const client = rowSocket('10.0.0.1:40000', '10.0.0.2:3000', near);
    assert.deepEqual(await pairs([client, rowSocket('10.0.0.2:3000', '10.0.0.1:40000', far)]), [1, 0]);
    const stranger = rowSocket('10.0.0.2:3000', '10.0.0.1:40000', { netns: 2, sent: 2 ** 31, received: 7 });
    assert.deepEqual(await pairs([client, stranger]), [-1, -1]);
  });

  it('are the socket itself where it is connected to itself', async () => {
    assert.deepEqual(await pairs([rowSocket('127.0.0.1:3000', '127.0.0.1:3000')]), [0]);
  });

  it('are none if two sockets have the tuple, though these find the other end', async () => {
    const twins = [1, 2].map(() => rowSocket('127.0.0.1:3000', '127.0.0.1:40000', { protocol: 'udp' }));
    const client = rowSocket('127.0.0.1:40000', '127.0.0.1:3000', { protocol: 'udp' });
    assert.deepEqual(await pairs([...twins, client]), [2, 2, -1]);
  });

  it('are never found in another namespace by loopback addresses', async () => {
    const client = rowSocket('127.0.0.1:40000', '127.0.0.1:3000', { netns: 1 });
    const other = rowSocket('127.0.0.1:3000', '127.0.0.1:40000', { netns: 2 });
    assert.deepEqual(await pairs([client, other]), [-1, -1]);
  });

  it('are none if two namespaces have the same addresses', async () => {
    const client = rowSocket('10.0.0.1:40000', '10.0.0.2:3000', { netns: 1 });
    const twins = [2, 3].map((netns) => rowSocket('10.0.0.2:3000', '10.0.0.1:40000', { netns }));
    assert.deepEqual((await pairs([client, ...twins])).slice(0, 1), [-1]);
  });

  it('are found behind address translation while no data is in flight, and remembered afterwards', async () => {
    const client = rowSocket('127.0.0.1:40000', '127.0.0.1:8088', { netns: 1, sent: 11, received: 22 });
    const server = rowSocket('10.88.0.2:80', '10.88.0.1:40000', { netns: 2, sent: 22, received: 11 });
    const other = rowSocket('10.88.0.3:80', '10.88.0.1:40001', { netns: 3, sent: 23, received: 11 });
    const first = await joined([client, server, other]);
    assert.deepEqual(peersIn(first), [1, 0, -1]);
    const inFlight = { ...client, sent: 5011 };
    const second = await joined([inFlight, server, other], first);
    assert.deepEqual(peersIn(second), [1, 0, -1]);
    assert.deepEqual(peersIn(await joined([server, inFlight, other], second)), [1, 0, -1]);
    assert.deepEqual(await pairs([inFlight, server, other]), [-1, -1, -1]);
  });
});
