/** A program that is always about to connect, and a connection that no process has accepted: the list has it all the same. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { Socket } from '../../agent/protocol';
import { end, start } from '../helpers/programs';
import { python, Stage, withoutRoot } from '../helpers/stage';

const port = 7777;

/**
 * All ports that its connect() may take are bound, so it looks at each, in SYN-SENT, and fails: a socket in no table of the kernel's.
 * Prints the errno of the first.
 */
const program = `
import errno, resource, socket, struct
range_option = 51
low, high = map(int, open('/proc/sys/net/ipv4/ip_local_port_range').read().split())
count = min(4000, (high - low) // 2)
first = high - count
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
bound = [socket.socket() for port in range(count)]
for at, other in enumerate(bound):
    other.bind(('', first + at))
listener = socket.create_server(('127.0.0.1', ${port}))
waiting = socket.create_connection(('127.0.0.1', ${port}))
trier = socket.socket()
trier.setsockopt(socket.IPPROTO_IP, range_option, struct.pack('=HH', first, first + count - 1))
print(errno.errorcode[trier.connect_ex(('127.0.0.1', 9))], flush=True)
while True:
    trier.connect_ex(('127.0.0.1', 9))
`;

describe('a connection that nobody has accepted', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());

  it('is in each list while another socket is about to connect', async (t) => {
    const child = start(
      [python, '-c', program],
      { netns: stage.netns, user: stage.user },
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    stage.onClose(() => end(child));
    assert.ok(child.stdout);
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    if (first.length === 0) return t.skip('it needs IP_LOCAL_PORT_RANGE (Linux 6.3) and 4,000 descriptors');
    assert.deepEqual(first, ['EADDRNOTAVAIL']);
    for (let time = 0; time < 5; time++) {
      const { code, json } = await stage.sockscope(['list', `net:${stage.netns.inode}`, '--json']);
      assert.equal(code, 0);
      const open = (json.sockets as Socket[]).filter(({ state }) => state === 'established');
      assert.deepEqual(
        open.map(({ owners, queuedFor }) => [owners.length, queuedFor.length]).sort(),
        [
          [0, 1],
          [1, 0],
        ],
        `in list ${time}`,
      );
    }
  });
});
