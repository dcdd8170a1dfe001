/** The holders of a port in one answer, however many sockets they have. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sizeOf } from '../../../../agent/inventory/json-size';
import { fitHolders } from '../../../../agent/ports/fit-holders';
import { limits, type PortHolder } from '../../../../agent/protocol';
import { holder } from '../../../helpers/port-world';
import { owner, socket } from '../../../helpers/sockets';

function holderOf(count: number, command = ''): PortHolder {
  const owners = [owner('node', 42, { command })];
  const sockets = Array.from({ length: count }, () => socket('127.0.0.1:3000', '127.0.0.1:9', { owners }));
  return holder('connection', owners, { sockets });
}

describe('holders in an answer', () => {
  it('are unchanged where they fit', () => {
    const holders = [holderOf(3), holderOf(1)];
    assert.deepEqual(fitHolders(holders), { holders, socketsLeftOut: 0 });
  });

  it('have as many sockets as fit, at least one each, and the number of the others', () => {
    const { holders, socketsLeftOut } = fitHolders([holderOf(1), holderOf(9000), holderOf(5)]);
    assert.ok(sizeOf(holders) < 1.2 * limits.answer, String(sizeOf(holders)));
    assert.equal(socketsLeftOut, 0);
    assert.deepEqual(
      holders.map(({ sockets, socketsLeftOut }) => sockets.length + socketsLeftOut),
      [1, 9000, 5],
    );
    assert.equal(holders[2]?.sockets.length, 1);
  });

  it('are left out where there are too many, and their sockets are counted', () => {
    const { holders, socketsLeftOut } = fitHolders(
      Array.from({ length: 2000 }, () => holderOf(1, 'x'.repeat(4096))),
    );
    assert.ok(sizeOf(holders) < 2.2 * limits.answer, String(sizeOf(holders)));
    assert.equal(holders.length + socketsLeftOut, 2000);
  });
});
