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

  it('of UDP follows from who chose the port; where that is unknown, from the later scan', () => {
    const bound = socket('127.0.0.1:5353', '127.0.0.1:53', { protocol: 'udp', state: 'established' });
    const withoutRemote = { ...bound, remote: null, state: 'close' as const };
    for (const [portFrom, later, expected, text] of [
      ['process', bound, 'reset', /stays bound/],
      ['process', withoutRemote, 'reset', /stays bound/],
      ['process', undefined, 'reset', /was closed then/],
      ['kernel', undefined, 'destroyed', /^Destroyed /],
      ['kernel', bound, 'destroyed', /^Destroyed /],
      [null, withoutRemote, 'reset', /stays bound/],
      [null, undefined, 'destroyed', /^Destroyed /],
    ] as const) {
      const seen = { socket: bound, record: { portFrom } } as unknown as SeenSocket;
      const inventory = { get: () => later && { socket: later } } as unknown as Inventory;
      const done: DestroyReply = { engine: 'bpf', status: 'done', errno: 0 };
      const { outcome, message } = toResult(seen, done, inventory, { spinning: null, takenOver: false });
      assert.equal(outcome, expected, `${portFrom} ${later?.state}`);
      assert.match(message, text);
    }
  });
});
