/** The command line of ssh, and the control sockets in /proc/net/unix. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseUnixSockets } from '../../../../../agent/client/ports/hosted-sessions';
import { forwardOf, parseSsh } from '../../../../../agent/client/ports/ssh-command';

describe('the command line of ssh', () => {
  const cases: readonly [
    command: string,
    destination: string | null,
    runsNothing: boolean,
    port: number | null,
  ][] = [
    ['ssh -N -L 5438:db:5432 me@host', 'me@host', true, 5438],
    ['ssh -fNL5438:db:5432 host', 'host', true, 5438],
    ['/usr/bin/ssh -M -S /run/cm -L 127.0.0.1:5438:db:5432 -p 2222 host uptime', 'host', false, 5438],
    ['ssh -L [::1]:5438:[2001:db8::1]:5432 host', 'host', false, 5438],
    ['ssh -D 1080 host', 'host', false, 1080],
    ['ssh -D 127.0.0.1:1080 host', 'host', false, 1080],
    ['ssh -o ControlMaster=yes host -L 1:2:3', 'host', false, null],
    ['ssh -W db:5432 host', 'host', true, null],
    ['ssh: /home/me/.ssh/cm-1 [mux]', null, false, null],
    ['ssh', null, false, null],
  ];
  for (const [command, destination, runsNothing, port] of cases)
    it(command, () => {
      const parsed = parseSsh(command);
      assert.deepEqual([parsed.destination, parsed.runsNothing], [destination, runsNothing]);
      assert.equal(forwardOf(parsed.forwards, port ?? 5438) !== undefined, port !== null);
      assert.equal(forwardOf(parsed.forwards, 5432), undefined, 'the port at the other end');
    });
});

describe('sockets with a path', () => {
  it('are those that listen, and those that were accepted there', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
00000000df53c1b4: 00000002 00000000 00010000 0001 01 3115238 /run/cm-1.aB3dE6gH1jK4mN7p
00000000df53c1b5: 00000003 00000000 00000000 0001 03 3115240 /run/cm-1.aB3dE6gH1jK4mN7p
00000000df53c1b6: 00000003 00000000 00000000 0001 03 3115241
`;
    const path = '/run/cm-1.aB3dE6gH1jK4mN7p';
    assert.deepEqual(parseUnixSockets(text), [
      { inode: '3115238', path, listens: true },
      { inode: '3115240', path, listens: false },
    ]);
  });
});
