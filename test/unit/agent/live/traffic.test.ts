import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Traffic } from '../../../../agent/live/traffic';
import { seen } from '../../../helpers/known';
import { socket } from '../../../helpers/sockets';

/** One connection with these sequence numbers, which the test moves on. */
function connection(sent = 1000, received = 5000) {
  const one = seen(socket('127.0.0.1:40000', '127.0.0.1:6379'));
  Object.assign(one.sequence, { sent, received });
  const inventory = { all: () => [one] };
  const move = (bytes: number, answer = 0) => {
    one.sequence.sent = (one.sequence.sent + bytes) >>> 0;
    one.sequence.received = (one.sequence.received + answer) >>> 0;
  };
  return { one, inventory, move };
}

describe('bytes per second', () => {
  it('are those of both ways between two scans', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection();
    traffic.sample(inventory, 0);
    assert.equal(traffic.of(one), null, 'one scan says nothing');
    move(3000, 1000);
    traffic.sample(inventory, 2000);
    assert.equal(traffic.of(one), 2000);
    traffic.sample(inventory, 4000);
    assert.equal(traffic.of(one), 0);
  });

  it('are not those of a moment: scans after events come closer', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection();
    traffic.sample(inventory, 0);
    move(1000);
    traffic.sample(inventory, 100);
    assert.equal(traffic.of(one), null);
    traffic.sample(inventory, 2000);
    assert.equal(traffic.of(one), 500);
  });

  it('are right where sequence numbers begin anew', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection(2 ** 32 - 100, 1);
    traffic.sample(inventory, 0);
    move(400);
    traffic.sample(inventory, 2000);
    assert.equal(traffic.of(one), 200);
  });

  it('have two digits', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection();
    traffic.sample(inventory, 0);
    move(12_345 * 2);
    traffic.sample(inventory, 2000);
    assert.equal(traffic.of(one), 12_000);
  });

  it('are not known after a long pause, in which the numbers may have gone round', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection();
    traffic.sample(inventory, 0);
    move(1000);
    traffic.sample(inventory, 60_000);
    assert.equal(traffic.of(one), null);
  });

  it('are not known of sockets without numbers', () => {
    const traffic = new Traffic();
    const { one, inventory } = connection(0, 0);
    traffic.sample(inventory, 0);
    traffic.sample(inventory, 2000);
    assert.equal(traffic.of(one), null);
  });

  it('do not count the SYN: in another state it is another row of the kernel', () => {
    const traffic = new Traffic();
    const { one, inventory, move } = connection();
    traffic.sample(inventory, 0);
    move(1);
    const established = { ...one, sequence: { ...one.sequence } };
    traffic.sample({ all: () => [established] }, 2000);
    assert.equal(traffic.of(established), null);
    traffic.sample(inventory, 4000);
  });
});
