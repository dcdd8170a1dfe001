/** Sockets are printed as their objects would be, to the byte. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonSockets } from '../../../../agent/cli/json-sockets';
import { listRank } from '../../../../agent/cli/list-order';
import {
  jsonText,
  type PackedSockets,
  packSockets,
  type Socket,
  unpackSockets,
} from '../../../../agent/protocol';
import { encodeJson } from '../../../../agent/server/raw-json';
import { packedPages } from '../../../../agent/server/socket-page';
import { inventoryOf, sameName } from '../../../helpers/inventories';
import { kinds } from '../../../helpers/socket-kinds';
import { owner, socket } from '../../../helpers/sockets';

/** As on the wire. */
const received = (page: PackedSockets): PackedSockets => JSON.parse(String(encodeJson(page)));

function assertPrinted(pages: readonly PackedSockets[]): void {
  const rank = ({ state, local, remote }: Socket) => listRank(state, local.port, remote?.port ?? 0);
  const sockets = pages.flatMap(unpackSockets).sort((a, b) => rank(a) - rank(b));
  assert.deepEqual(
    [...jsonSockets(pages)],
    sockets.map((each) => jsonText(each)),
  );
}

describe('sockets as JSON', () => {
  it('are those of a scan, of every kind', async () => {
    const { page, end } = packedPages(await inventoryOf(kinds), null, sameName).page(0);
    assert.equal(end, kinds.length);
    assertPrinted([received(page)]);
  });

  it('have the text of strangers without control characters', () => {
    const hostile = '\u001b\u009b\u202e"\\é✓😀';
    const owners = [owner(hostile, 1, { command: `node ${hostile}` }), owner('b', 2)];
    const container = { id: hostile, runtime: hostile, name: hostile };
    assertPrinted([packSockets([socket('127.0.0.1:1', null, { owners, queuedFor: owners, container })])]);
  });

  it('are in order, whatever pages they came in', () => {
    const ports = [5, 3, 5, 1, 4];
    const sockets = ports.flatMap((port) => [
      socket(`127.0.0.1:${port}`, '127.0.0.1:9', { owners: [owner('a', port)] }),
      socket(`127.0.0.1:${port}`, null, { owners: [owner('b', port), owner('c', port)] }),
    ]);
    for (const size of [1, 3, sockets.length]) {
      const pages = sockets.flatMap((_, start) =>
        start % size === 0 ? [packSockets(sockets.slice(start, start + size))] : [],
      );
      assertPrinted(pages);
    }
  });

  it('are none of an empty page', () => assertPrinted([packSockets([])]));
});
