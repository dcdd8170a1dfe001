/** The prediction of the scope, for many sockets at once. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inScope } from '../../../../agent/access/scope';
import { kernelState } from '../../../../agent/broker-link/kernel-states';
import type { Inventory, SeenSocket } from '../../../../agent/inventory/inventory';
import { namedOwner, seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';

const mine = { uid: 1000, scope: 'mine' } as const;

function timeWait(port: number): SeenSocket {
  const shown = socket(`127.0.0.1:${port}`, '127.0.0.1:40000', { state: 'time-wait', inode: '0', uid: 0 });
  return seen(shown, [], { kernelState: kernelState.timeWait });
}

function udpOf(uid: number, port: number): SeenSocket {
  return seen(socket(`0.0.0.0:${port}`, null, { protocol: 'udp', state: 'close' }), [
    namedOwner('other', 7, { uid }),
  ]);
}

function listenerOf(uid: number, port: number): SeenSocket {
  return seen(socket(`0.0.0.0:${port}`, null), [namedOwner('server', 8, { uid })]);
}

/** Counts how often all of its sockets are read. */
function inventoryOf(sockets: readonly SeenSocket[]) {
  let reads = 0;
  const inventory = {
    get: () => undefined,
    all: () => {
      reads += 1;
      return sockets.values();
    },
  } as unknown as Inventory;
  return { inventory, reads: () => reads };
}

describe('the scope of time-wait', () => {
  it('is the port that no other user holds with the same protocol', () => {
    const { inventory } = inventoryOf([udpOf(2000, 3000), listenerOf(1000, 3000), listenerOf(2000, 3001)]);
    const allowed = [3000, 3001, 80].map((port) => inScope(timeWait(port), inventory, mine));
    assert.deepEqual(allowed, [true, false, false]);
  });

  it('is found by one pass over all sockets, however many are asked for', () => {
    const { inventory, reads } = inventoryOf(
      Array.from({ length: 1000 }, (_, index) => udpOf(2000, 10_000 + index)),
    );
    for (let port = 20_000; port < 20_500; port++) assert.ok(inScope(timeWait(port), inventory, mine));
    assert.equal(reads(), 1);
  });
});
