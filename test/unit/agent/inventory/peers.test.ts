import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerFinder } from '../../../../agent/inventory/peers';
import { known } from '../../../helpers/known';

const none = known('0.0.0.0:1', null);

function pairs(sockets: readonly ReturnType<typeof known>[], finder = new PeerFinder()) {
  const peers = finder.find(sockets);
  return sockets.map((socket) => sockets.indexOf(peers.get(socket.id) ?? none));
}

describe('peers', () => {
  it('are the mirrored tuples of one namespace', () => {
    const client = known('127.0.0.1:40000', '127.0.0.1:3000');
    const server = known('127.0.0.1:3000', '127.0.0.1:40000');
    assert.deepEqual(pairs([client, server, known('127.0.0.1:3000', '127.0.0.1:40001')]), [1, 0, -1]);
  });

  it('see through IPv4-mapped addresses', () => {
    const client = known('127.0.0.1:40000', '127.0.0.1:3000');
    const server = known('[::ffff:127.0.0.1]:3000', '[::ffff:127.0.0.1]:40000');
    assert.deepEqual(pairs([client, server]), [1, 0]);
  });

  it('are none if the handshake is not over, or failed: any process can mirror a tuple that far', () => {
    const victim = known('[2001:db8::1]:40000', '[2001:db8::2]:3000');
    for (const state of ['syn-sent', 'syn-recv', 'bound', 'close'] as const) {
      const mirror = known('[2001:db8::2]:3000', '[2001:db8::1]:40000', { state });
      assert.deepEqual(pairs([victim, mirror]), [-1, -1], state);
    }
  });

  it('are in other namespaces if their sequence numbers agree', () => {
    const near = { netns: 1, sent: 5000, received: 900 };
    const far = { netns: 2, sent: 900, received: 4800 };
    const client = known('10.0.0.1:40000', '10.0.0.2:3000', near);
    assert.deepEqual(pairs([client, known('10.0.0.2:3000', '10.0.0.1:40000', far)]), [1, 0]);
    const stranger = known('10.0.0.2:3000', '10.0.0.1:40000', { netns: 2, sent: 2 ** 31, received: 7 });
    assert.deepEqual(pairs([client, stranger]), [-1, -1]);
  });

  it('are the socket itself where it is connected to itself', () => {
    assert.deepEqual(pairs([known('127.0.0.1:3000', '127.0.0.1:3000')]), [0]);
  });

  it('are none if two sockets have the tuple, though these find the other end', () => {
    const twins = [1, 2].map(() => known('127.0.0.1:3000', '127.0.0.1:40000', { protocol: 'udp' }));
    const client = known('127.0.0.1:40000', '127.0.0.1:3000', { protocol: 'udp' });
    assert.deepEqual(pairs([...twins, client]), [2, 2, -1]);
  });

  it('are never found in another namespace by loopback addresses', () => {
    const client = known('127.0.0.1:40000', '127.0.0.1:3000', { netns: 1 });
    const other = known('127.0.0.1:3000', '127.0.0.1:40000', { netns: 2 });
    assert.deepEqual(pairs([client, other]), [-1, -1]);
  });

  it('are none if two namespaces have the same addresses', () => {
    const client = known('10.0.0.1:40000', '10.0.0.2:3000', { netns: 1 });
    const twins = [2, 3].map((netns) => known('10.0.0.2:3000', '10.0.0.1:40000', { netns }));
    assert.deepEqual(pairs([client, ...twins]).slice(0, 1), [-1]);
  });

  it('are found behind address translation while no data is in flight, and remembered afterwards', () => {
    const finder = new PeerFinder();
    const client = known('127.0.0.1:40000', '127.0.0.1:8088', { netns: 1, sent: 11, received: 22 });
    const server = known('10.88.0.2:80', '10.88.0.1:40000', { netns: 2, sent: 22, received: 11 });
    const other = known('10.88.0.3:80', '10.88.0.1:40001', { netns: 3, sent: 23, received: 11 });
    assert.deepEqual(pairs([client, server, other], finder), [1, 0, -1]);
    client.joined.sent = 5011;
    assert.deepEqual(pairs([client, server, other], finder), [1, 0, -1]);
    assert.deepEqual(pairs([client, server, other]), [-1, -1, -1]);
  });
});
