import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joined, ownerRecord, type RowSocket, rowSocket } from '../../../helpers/rows';

/** Programs that are called sshd carry sessions. */
async function protectedOf(sockets: readonly RowSocket[], seesEveryOwner = true): Promise<boolean[]> {
  const rows = await joined(sockets);
  const programs = rows.programs.map(({ name }) => ({
    carriesSession: name === 'sshd',
    container: null,
    size: 0,
  }));
  rows.describe({ programs, kernels: [], own: 1, seesEveryOwner });
  return sockets.map((_, number) => rows.relations(number).lifeline);
}

const carrier = { owners: [ownerRecord('sshd', 1)] };
const plain = { owners: [ownerRecord('node', 2)] };

describe('lifeline', () => {
  it('is what carries a session, and its other end in the same namespace', async () => {
    const server = rowSocket('127.0.0.1:22', '127.0.0.1:40000', carrier);
    assert.deepEqual(await protectedOf([server, rowSocket('127.0.0.1:40000', '127.0.0.1:22', plain)]), [
      true,
      true,
    ]);
  });

  it('is what waits for a session carrier to accept it', async () => {
    const listener = rowSocket('0.0.0.0:22', null, carrier);
    const waits = rowSocket('127.0.0.1:22', '127.0.0.1:40000', { inode: '0' });
    assert.deepEqual(await protectedOf([listener, waits]), [true, true]);
  });

  it('is an end whose owner is hidden, but not the other one: anybody can hide his end', async () => {
    const hidden = rowSocket('127.0.0.1:3000', '127.0.0.1:40000', { inode: '7' });
    const other = rowSocket('127.0.0.1:40000', '127.0.0.1:3000', plain);
    assert.deepEqual(await protectedOf([hidden, other]), [true, false]);
    assert.deepEqual(await protectedOf([hidden, other], false), [false, false]);
  });
});
