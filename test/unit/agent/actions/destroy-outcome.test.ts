import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toResult } from '../../../../agent/actions/destroy-outcome';
import type { DestroyReply } from '../../../../agent/broker-link/destroy-records';
import type { Inventory, SeenSocket } from '../../../../agent/inventory/inventory';
import type { Socket } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

const connection = socket('127.0.0.1:40000', '127.0.0.1:5432');
const timedOut: DestroyReply = { engine: 'sock_diag', status: 'pending', errno: 110 };

/** The result where the later scan has this socket, or none. */
function result(reply: DestroyReply, later: Socket | undefined) {
  const inventory = { get: () => later && { socket: later } } as unknown as Inventory;
  const listenerEnd = { spinning: null, takenOver: false };
  return toResult({ socket: connection } as SeenSocket, reply, inventory, listenerEnd);
}

describe('the outcome of a destroy', () => {
  it('after a timeout is what the later scan shows: left alone, or closed for an unknown reason', () => {
    const open = result(timedOut, connection);
    assert.equal(open.outcome, 'failed');
    assert.match(open.message, /was left alone/);
    const closed = result(timedOut, undefined);
    assert.equal(closed.outcome, 'gone');
    assert.match(closed.message, /what closed it is unknown/);
  });

  it('of UDP is a reset where the socket keeps its port, with or without its remote', () => {
    const bound = socket('127.0.0.1:5353', '127.0.0.1:53', { protocol: 'udp', state: 'established' });
    const seen = { socket: bound } as SeenSocket;
    for (const later of [bound, { ...bound, remote: null, state: 'close' as const }]) {
      const inventory = { get: () => ({ socket: later }) } as unknown as Inventory;
      const done: DestroyReply = { engine: 'bpf', status: 'done', errno: 0 };
      const { outcome } = toResult(seen, done, inventory, { spinning: null, takenOver: false });
      assert.equal(outcome, 'reset');
    }
  });
});
