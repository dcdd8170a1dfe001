/** Sockets are the same on both sides of the wire. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeSocket } from '../../../../agent/inventory/describe-socket';
import { limits, type Owner, type Socket, unpackSockets } from '../../../../agent/protocol';
import { encodeJson } from '../../../../agent/server/raw-json';
import { packPage } from '../../../../agent/server/socket-page';
import { known, namedOwner, packed, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';

const owner = (pid: number, more: Partial<Owner> = {}): Owner => ({
  pid,
  startTime: '77',
  fd: 5,
  name: 'node',
  command: 'node server.js',
  ...more,
});

const container = { id: 'c'.repeat(64), runtime: 'podman', name: null };
const tcp = socket('127.0.0.1:3000', '127.0.0.1:40000');
const target = { netns: tcp.netns, cookie: '99', protocol: 'tcp' } as const;
const mirrored = { ...target, local: { address: '127.0.0.1', port: 40_000 }, remote: tcp.local };

function assertSame(sockets: readonly Socket[]): void {
  assert.deepEqual(unpackSockets(packed(sockets)), sockets);
}

describe('sockets in messages', () => {
  it('come back as they were, with all their fields', () => {
    const owned = { ...tcp, owners: [owner(1), owner(1, { fd: 6 }), owner(2, { name: '"\u001b\\u0041' })] };
    assertSame([
      owned,
      { ...tcp, peer: { ...mirrored, owners: [owner(1)] } },
      { ...tcp, peer: { ...mirrored, netns: 5, owners: [] } },
      {
        ...tcp,
        peer: { ...mirrored, local: { address: '::ffff:127.0.0.1', port: 40_000 }, owners: [owner(9)] },
      },
      { ...tcp, queuedFor: [owner(1), owner(2)], lifeline: true },
      { ...tcp, kernel: true, ownersLeftOut: 65_535, uid: 4_294_967_295, unsupportedReason: 'A "reason"' },
      { ...tcp, cookie: '18446744073709551615', inode: '9007199254740993' },
      socket('[::1]:3000', null, { protocol: 'udp', state: 'close', family: 'ipv6' }),
      socket('0.0.0.0:1', null, { protocol: 'raw', state: 'close' }),
      socket('[::]:22', null, { state: 'listen', family: 'ipv6', container }),
      { ...tcp, container: { ...container, id: 'd'.repeat(64), name: 'a "name"' } },
    ]);
  });

  it('have their fields in the same order: scripts and people read them', () => {
    const near = known('127.0.0.1:3000', '127.0.0.1:40000', { owners: [namedOwner('node', 1)] });
    const peer = known('127.0.0.1:40000', '127.0.0.1:3000', { owners: [namedOwner('node', 2)] });
    const lone = { peerHolders: [], queuedFor: [], container: null, lifeline: false, kernel: false };
    const { socket: made } = describeSocket(near, { ...lone, container, peer, peerHolders: peer.owners });
    assert.equal(JSON.stringify(unpackSockets(packed([made]))), JSON.stringify([made]));
  });

  it('differ in what one message says of a process: a command that was cut, or a pid that was used again', () => {
    assertSame([
      { ...tcp, owners: [owner(1)] },
      {
        ...tcp,
        owners: [owner(1, { command: 'node' }), owner(2)],
        peer: { ...mirrored, owners: [owner(2)] },
      },
      { ...tcp, owners: [owner(1, { startTime: '78' })] },
      { ...tcp, owners: [owner(1)], queuedFor: [owner(2, { name: 'other' })] },
    ]);
  });

  it('have the text of a row and of a process once, whatever the number of messages', () => {
    const rows = [1, 2, 3].map((fd) => seen({ ...tcp, owners: [] }, [{ ...owner(1), fd, uid: 0 }]));
    const page = () => String(encodeJson(packPage(rows, 0, (one) => one).packed));
    const first = page();
    assert.equal(first.split('node server.js').length, 2);
    assert.equal(page(), first);
    assert.ok(rows.every(({ row }) => row !== null && first.includes(row)));
  });

  it('have the names that a client sent, without any other text for them', () => {
    const rows = [seen(tcp), seen({ ...tcp, container })];
    const named = packPage(rows, 0, (one) => ({ ...one, name: 'database' })).packed;
    const [plain, inside] = unpackSockets(JSON.parse(String(encodeJson(named))));
    assert.deepEqual([plain?.container, inside?.container], [null, { ...container, name: 'database' }]);
  });

  it('are at most so many in one message, and little more than so many bytes', () => {
    const many = Array.from({ length: limits.listPage + 1 }, () => seen(tcp));
    assert.equal(packPage(many, 0, (one) => one).end, limits.listPage);
    assert.equal(packPage(many, 1, (one) => one).end, limits.listPage + 1);
    const command = '\u0001'.repeat(10_000);
    const large = Array.from({ length: 200 }, (_, pid) =>
      seen({ ...tcp, owners: [] }, [{ ...owner(pid), command, uid: 0 }]),
    );
    const { packed: some, end } = packPage(large, 0, (one) => one);
    const { length } = encodeJson(some);
    assert.ok(length > limits.answer && length < 1.2 * limits.answer && end < 20, `${end}: ${length}`);
  });
});

describe('parts of a message that are JSON already', () => {
  it('stand where they belong, and are no text of others', () => {
    const { packed: page } = packPage([seen(tcp)], 0, (one) => one);
    const empty = packPage([], 0, (one) => one).packed;
    const text = String(encodeJson({ a: page, b: '[]', c: empty }));
    const { a, b, c } = JSON.parse(text);
    assert.deepEqual([unpackSockets(a), b, unpackSockets(c)], [[tcp], '[]', []]);
    assert.equal(String(encodeJson({ plain: '✓' })), '{"plain":"✓"}');
  });
});
