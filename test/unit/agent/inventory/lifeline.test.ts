import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptQueues } from '../../../../agent/inventory/accept-queue';
import type { KnownSocket } from '../../../../agent/inventory/known-socket';
import { lifelineIds } from '../../../../agent/inventory/lifeline';
import { PeerFinder } from '../../../../agent/inventory/peers';
import { known, namedOwner } from '../../../helpers/known';

function protectedOf(sockets: readonly KnownSocket[], seesEveryOwner = true): boolean[] {
  const ids = lifelineIds(sockets, new PeerFinder().find(sockets), acceptQueues(sockets), seesEveryOwner);
  return sockets.map(({ id }) => ids.has(id));
}

const carrier = { owners: [namedOwner('sshd', 1)] };
const plain = { owners: [namedOwner('node', 2)] };

describe('lifeline', () => {
  it('is what carries a session, and its other end in the same namespace', () => {
    const server = { ...known('127.0.0.1:22', '127.0.0.1:40000', carrier), carriesSession: true };
    assert.deepEqual(protectedOf([server, known('127.0.0.1:40000', '127.0.0.1:22', plain)]), [true, true]);
  });

  it('is what waits for a session carrier to accept it', () => {
    const listener = { ...known('0.0.0.0:22', null, carrier), carriesSession: true };
    const waits = known('127.0.0.1:22', '127.0.0.1:40000', { inode: '0' });
    assert.deepEqual(protectedOf([listener, waits]), [true, true]);
  });

  it('is an end whose owner is hidden, but not the other one: anybody can hide his end', () => {
    const hidden = known('127.0.0.1:3000', '127.0.0.1:40000', { inode: '7' });
    const other = known('127.0.0.1:40000', '127.0.0.1:3000', plain);
    assert.deepEqual(protectedOf([hidden, other]), [true, false]);
    assert.deepEqual(protectedOf([hidden, other], false), [false, false]);
  });
});
