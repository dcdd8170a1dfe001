/** Sockets are the same on both sides of the wire: what the addon writes is what the agent's own objects say. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits, type Owner, packSockets, unpackSockets } from '../../../../agent/protocol';
import { encodeJson, rawJson } from '../../../../agent/server/raw-json';
import { objectPages } from '../../../../agent/server/socket-page';
import { container, inventoryOf, listed, pagesOf, received } from '../../../helpers/inventories';
import { ownerRecord, rowSocket } from '../../../helpers/rows';
import { ends, kinds, node } from '../../../helpers/socket-kinds';
import { socket } from '../../../helpers/sockets';

describe('sockets in messages', () => {
  it('are those of the scan, of every kind, with all their fields in the same order', async () => {
    const inventory = await inventoryOf(kinds);
    const all = [...inventory.all()].map((seen) => seen.socket);
    assert.equal(JSON.stringify(listed(inventory)), JSON.stringify(all));
    assert.deepEqual(
      all.map(({ peer }) => peer?.cookie),
      kinds.map((_, at) => kinds[[1, 0, -1, -1, -1, -1, 7, 6][at] ?? -1]?.cookie),
    );
    const [first, second, waiting] = all;
    assert.equal(first?.owners.length, 3);
    assert.deepEqual([first?.lifeline, second?.lifeline, all[10]?.kernel], [true, true, true]);
    assert.deepEqual(
      waiting?.queuedFor.map(({ pid }) => pid),
      [10],
    );
    assert.deepEqual([all[7]?.container, all[8]?.container], [container, container]);
  });

  it('have their peers, whether these are in the same message or not', async () => {
    const inventory = await inventoryOf(kinds);
    const all = [...inventory.all()].map((seen) => seen.socket);
    for (const [number, one] of all.entries()) assert.deepEqual(listed(inventory, [number]), [one]);
    const others = all.map((_, number) => number).filter((number) => number !== 1);
    assert.deepEqual(
      listed(inventory, others),
      others.map((number) => all[number]),
    );
  });

  it('are all that are not closed, or those that are named', async () => {
    const closed = rowSocket('0.0.0.0:0', null, { state: 'close', owners: [node] });
    const inventory = await inventoryOf([closed, ...kinds]);
    assert.equal(listed(inventory).length, kinds.length);
    assert.deepEqual(
      listed(inventory, [0, 2]).map(({ cookie }) => cookie),
      [closed.cookie, kinds[1]?.cookie],
    );
    assert.throws(() => listed(inventory, [kinds.length + 1]), RangeError);
  });

  it('have an MPTCP connection once, with the peer of its path, where both are listed', async () => {
    const tuple = ['10.0.0.1:40000', '10.0.0.2:443'] as const;
    const whole = rowSocket(...tuple, { protocol: 'mptcp', inode: '11', owners: [node] });
    const path = rowSocket(...tuple, { inode: '11', mptcp: true, owners: [node] });
    const peer = rowSocket('10.0.0.2:443', '10.0.0.1:40000', { owners: [node] });
    const inventory = await inventoryOf([path, whole, peer]);
    assert.deepEqual(
      listed(inventory).map(({ cookie, peer }) => [cookie, peer?.cookie]),
      [
        [whole.cookie, peer.cookie],
        [peer.cookie, path.cookie],
      ],
    );
    assert.deepEqual(
      listed(inventory, [0]).map(({ cookie }) => cookie),
      [path.cookie],
    );
  });

  it('have each process and address once, and the command lines of many owners cut', async () => {
    const command = 'x'.repeat(4096);
    const owners = Array.from({ length: 100 }, (_, at) => ownerRecord('many', 100 + at));
    const inventory = await inventoryOf(
      [
        rowSocket('127.0.0.1:1', null, { owners }),
        rowSocket('127.0.0.1:2', null, { owners: owners.slice(0, 1) }),
        rowSocket('127.0.0.1:3', null, { owners: owners.slice(0, 1) }),
      ],
      { many: command },
    );
    const { page } = pagesOf(inventory).page(0);
    assert.deepEqual([page.processes.length, page.addresses.length], [101, 2]);
    const lengths = received(page).map(({ owners: [first] }) => first?.command.length);
    assert.deepEqual(lengths, [655, 4096, 4096]);
    assert.deepEqual(
      received(page),
      [...inventory.all()].map(({ socket: one }) => one),
    );
  });

  it('have the names that a client sent', async () => {
    const inventory = await inventoryOf([
      rowSocket('0.0.0.0:1', null, { owners: [node] }),
      rowSocket('0.0.0.0:2', null, { owners: [ownerRecord('contained', 2)] }),
    ]);
    const { page } = pagesOf(inventory, null, (one) => ({ ...one, name: 'database' })).page(0);
    assert.deepEqual(
      received(page).map((one) => one.container),
      [null, { ...container, name: 'database' }],
    );
  });

  it('are at most so many in one message, and little more than so many bytes', async () => {
    const many = Array.from({ length: limits.listPage + 1 }, () => rowSocket(...ends));
    const pages = pagesOf(await inventoryOf(many));
    assert.equal(pages.total, limits.listPage + 1);
    assert.equal(pages.page(0).end, limits.listPage);
    assert.equal(pages.page(1).end, limits.listPage + 1);
    const large = Array.from({ length: 200 }, (_, pid) =>
      rowSocket(...ends, { owners: [ownerRecord('large', pid + 1)] }),
    );
    const inventory = await inventoryOf(large, { large: '\u0001'.repeat(10_000) });
    const { page, end } = pagesOf(inventory).page(0);
    const { length } = encodeJson(page);
    assert.ok(length > limits.answer && length < 1.2 * limits.answer && end < 20, `${end}: ${length}`);
    assert.equal(received(pagesOf(inventory).page(end).page)[0]?.cookie, large[end]?.cookie);
  });

  it('one by one have the same limits', () => {
    const command = '\u0001'.repeat(10_000);
    const owner: Owner = { pid: 1, startTime: '1', fd: 3, name: 'large', command };
    const large = Array.from({ length: 200 }, () => socket(...ends, { owners: [owner] }));
    const { page, end } = objectPages(large).page(0);
    assert.ok(end > 5 && end < 20, String(end));
    assert.deepEqual(unpackSockets(page), large.slice(0, end));
  });
});

describe('the columns of a message', () => {
  const owner = (pid: number, more: Partial<Owner> = {}): Owner => ({
    pid,
    startTime: '77',
    fd: 5,
    name: 'node',
    command: 'node server.js',
    ...more,
  });

  it('hold any socket', () => {
    const tcp = socket(...ends);
    const target = { netns: 5, cookie: '99', protocol: 'tcp', local: tcp.local, remote: null } as const;
    const sockets = [
      { ...tcp, owners: [owner(1), owner(1, { fd: 6 }), owner(2, { name: '"\u001b\\u0041' })] },
      { ...tcp, peer: { ...target, owners: [owner(1)] }, lifeline: true },
      { ...tcp, queuedFor: [owner(1), owner(1, { startTime: '78' })], kernel: true },
      { ...tcp, peer: { ...target, netns: 6, owners: [] }, container },
    ];
    assert.deepEqual(unpackSockets(packSockets(sockets)), sockets);
    assert.deepEqual(unpackSockets(packSockets([])), []);
  });
});

describe('parts of a message that are JSON already', () => {
  it('stand where they belong, and are no text of others', () => {
    const text = String(
      encodeJson({ a: rawJson(Buffer.from('[1]')), b: '[]', c: rawJson(Buffer.from('{}')) }),
    );
    assert.equal(text, '{"a":[1],"b":"[]","c":{}}');
    assert.equal(String(encodeJson({ plain: '✓' })), '{"plain":"✓"}');
  });
});
