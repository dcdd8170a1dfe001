import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clientPortsOf,
  clientPortsText,
  leakOf,
  leaksOf,
  leakText,
} from '../../../../../agent/client/inspect/alike';
import type { Owner, Socket } from '../../../../../agent/protocol';
import { owner, socket } from '../../../../helpers/sockets';

const python = owner('python3', 42);

function leaked(count: number, owners: readonly Owner[] = [python], remote = '127.0.0.1:5414'): Socket[] {
  return Array.from({ length: count }, (_, index) =>
    socket(`127.0.0.1:${40_000 + index}`, remote, { state: 'close-wait', owners }),
  );
}

describe('sockets like one', () => {
  it('are a leak of a client, by process and remote', () => {
    const own = leaked(26);
    const others = [...leaked(5, [owner('node', 43)]), ...leaked(4, [python], '127.0.0.1:80')];
    const [one] = own as [Socket];
    const found = leakOf(one, [
      ...own,
      ...others,
      socket('127.0.0.1:50000', '127.0.0.1:5414', { owners: [python] }),
    ]);
    assert.equal(found?.sockets.length, 26);
    assert.equal(
      found && leakText({ ...found.leak, lastMinute: 10 }),
      '26 of python3 (pid 42) to 127.0.0.1:5414, 10 in the last minute: the program does not close them; destroying them cures nothing',
    );
    assert.equal(leakOf(one, own.slice(0, 2)), null, 'a program needs a moment to close');
    assert.equal(leakOf({ ...one, state: 'established' }, own), null);
  });

  it('are the larger leaks of a list, once each', () => {
    const all = [...leaked(12), ...leaked(9, [owner('node', 43)]), ...leaked(20, [owner('java', 44)])];
    assert.deepEqual(
      leaksOf(all).map(({ leak: { owner, count }, sockets }) => [owner.name, count, sockets.length]),
      [
        ['java', 20, 20],
        ['python3', 12, 12],
      ],
    );
  });

  it('are a leak of a server, by process and port', () => {
    const accepted = [1, 2, 3].map((index) =>
      socket('10.0.0.1:8080', `10.0.0.9:${40_000 + index}`, { state: 'close-wait', owners: [python] }),
    );
    const [one] = accepted as [Socket];
    const listener = socket('0.0.0.0:8080', null, { owners: [python] });
    assert.deepEqual(leakOf(one, [...accepted, listener])?.leak, {
      owner: python,
      where: 'on port 8080',
      count: 3,
    });
  });

  it('use up the ports that the kernel chooses for clients', () => {
    const ports = { first: 40_000, last: 40_020 };
    const isReserved = (port: number) => port === 40_010;
    const all = [
      ...Array.from({ length: 18 }, (_, index) =>
        socket(`127.0.0.1:${index < 10 ? 40_000 + index : 40_001 + index}`, '127.0.0.1:5414', {
          owners: [python],
        }),
      ),
      socket('127.0.0.1:40019', '127.0.0.1:5414', { state: 'time-wait' }),
      socket('[::ffff:127.0.0.1]:40020', '[::ffff:127.0.0.1]:5414', { owners: [owner('node', 43)] }),
      socket('127.0.0.2:40001', '127.0.0.1:5414', { owners: [python] }),
      socket('127.0.0.1:50000', '127.0.0.1:5414', { owners: [python] }),
    ];
    const [one] = all as [Socket];
    const found = clientPortsOf(one, all, ports, isReserved);
    assert.equal(
      found && clientPortsText(one, found),
      '20 of 20 to 127.0.0.1:5414, 18 by python3 (pid 42), 1 by no process, 1 by node (pid 43): connect fails with EADDRNOTAVAIL until one is closed',
    );
    assert.equal(clientPortsOf(socket('127.0.0.1:50000', '127.0.0.1:5414'), all, ports, isReserved), null);
    const few = clientPortsOf(one, all.slice(0, 2), ports, isReserved);
    assert.equal(few && clientPortsText(one, few), '2 of 20 to 127.0.0.1:5414, by python3 (pid 42)');
  });
});
