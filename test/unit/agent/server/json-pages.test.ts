/** Sockets are printed as their objects would be, to the byte. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Inventory } from '../../../../agent/inventory/inventory';
import { type Container, jsonText, limits, type Socket } from '../../../../agent/protocol';
import { jsonPages } from '../../../../agent/server/socket-page';
import { container, inventoryOf, sameName } from '../../../helpers/inventories';
import { ownerRecord, rowSocket } from '../../../helpers/rows';
import { ends, kinds, node } from '../../../helpers/socket-kinds';

type Named = (container: Container) => Container;

/** The JSON of each page of a list: of these sockets, or of all that are not closed. */
function printed({ rows, programs }: Inventory, numbers: readonly number[] | null, named: Named): string[] {
  const { total, page } = jsonPages(rows.list(numbers, true), programs, named);
  const texts: string[] = [];
  for (let start = 0; start < total; ) {
    const { page: text, end } = page(start);
    texts.push(String(text));
    start = end;
  }
  return texts;
}

/** What listens first, then by local port, then by remote port. */
function inOrder(sockets: readonly Socket[]): Socket[] {
  const places = ({ state, local, remote }: Socket) => [
    state === 'listen' ? 0 : 1,
    local.port,
    remote?.port ?? 0,
  ];
  return [...sockets].sort((a, b) => {
    const [here, there] = [places(a), places(b)];
    const at = here.findIndex((place, index) => place !== there[index]);
    return (here[at] ?? 0) - (there[at] ?? 0);
  });
}

/** By the objects of the agent itself. */
function assertPrinted(
  inventory: Inventory,
  numbers: readonly number[] | null = null,
  named: Named = sameName,
): void {
  const all = [...inventory.all()].map((seen) => seen.socket);
  const listed = numbers ? numbers.map((number) => all[number] as Socket) : all;
  assert.equal(
    printed(inventory, numbers, named).join(),
    inOrder(listed)
      .map((one) => jsonText({ ...one, container: one.container && named(one.container) }))
      .join(),
  );
}

describe('sockets as JSON', () => {
  it('are those of a scan, of every kind', async () => {
    const inventory = await inventoryOf(kinds);
    assertPrinted(inventory);
    for (const number of kinds.keys()) assertPrinted(inventory, [number]);
    assertPrinted(inventory, []);
  });

  it('have the text of strangers without control characters', async () => {
    const hostile = '\u001b\u202e"\\é✓';
    const inventory = await inventoryOf(
      [rowSocket(...ends, { owners: [ownerRecord(hostile, 1), ownerRecord('b', 2)] })],
      { [hostile]: `node ${hostile}\u009b😀\ud800` },
    );
    assertPrinted(inventory);
    assert.match(printed(inventory, null, sameName).join(), /^[\x20-\x7eé✓😀]+$/u);
  });

  it('have the command lines of many owners cut', async () => {
    const owners = Array.from({ length: 100 }, (_, at) => ownerRecord('many', 100 + at));
    const listener = rowSocket('127.0.0.1:3000', null, { state: 'listen', owners });
    const inventory = await inventoryOf(
      [
        listener,
        rowSocket(...ends, { owners }),
        rowSocket('127.0.0.1:40000', '127.0.0.1:3000', { owners: owners.slice(0, 1) }),
      ],
      { many: '😀'.repeat(2048) },
    );
    assertPrinted(inventory);
  });

  it('have the names of containers that a client sent', async () => {
    const contained = rowSocket('0.0.0.0:2', null, { owners: [ownerRecord('contained', 2)] });
    const inventory = await inventoryOf([rowSocket('0.0.0.0:1', null, { owners: [node] }), contained]);
    const named = (one: Container) => ({ ...one, name: '"\u001b' });
    assertPrinted(inventory, null, named);
    assert.deepEqual(inventory.rows.list(null, true).containers, [container]);
    assert.deepEqual(inventory.rows.list([0], true).containers, []);
  });

  it('are in order, those of the same ports as they were found', async () => {
    const ports = [5, 3, 5, 1, 4];
    const sockets = ports.flatMap((port, at) => [
      rowSocket(`127.0.0.1:${port}`, `127.0.0.2:${9 - at}`, { owners: [node] }),
      rowSocket(`127.0.0.3:${port}`, null, { state: 'listen', owners: [node] }),
      rowSocket(`[::1]:${port}`, null, { protocol: 'udp', state: 'close', owners: [node] }),
    ]);
    assertPrinted(await inventoryOf(sockets));
  });

  it('come in pages of little more than so many bytes, at least one in each', async () => {
    const large = Array.from({ length: 100 }, (_, at) =>
      rowSocket(`127.0.0.1:${at + 1}`, null, { owners: [ownerRecord('large', at + 1)] }),
    );
    const inventory = await inventoryOf(large, { large: '\u0001'.repeat(4096) });
    const pages = printed(inventory, null, sameName);
    assert.ok(pages.length > 1 && pages.every((page) => page.length < 1.1 * limits.answer));
    const sockets: Socket[] = JSON.parse(`[${pages.join()}]`);
    assert.deepEqual(
      sockets.map(({ local }) => local.port),
      large.map(({ local }) => local.port),
    );
  });

  it('say how many owners are left out, and nothing of sockets of another listing', async () => {
    const { rows } = await inventoryOf(kinds);
    assert.equal(rows.list(null, true).ownersLeftOut, 65_535);
    assert.equal(rows.list([0], true).ownersLeftOut, 0);
    assert.throws(() => rows.list([kinds.length], true), RangeError);
  });
});
