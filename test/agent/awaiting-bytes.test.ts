/** How many sockets of a watch await their first bytes: while there are none, the programs look at no packet. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import { heldBpf } from '../helpers/bpf-objects';
import { connectAll, type Place, places } from '../helpers/pairs';
import { end, run, start } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** Connects to itself, sends a byte and closes, without a pause. */
const busy = `
import socket
listener = socket.create_server(("127.0.0.1", 0))
while True:
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.send(b"x")
    server.recv(1)
    client.close()
    server.close()
`;

describe('the count of sockets that await their first bytes', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let server: Puppet;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => broker.close());
    server = await stage.puppet();
    client = await stage.puppet();
  });
  after(() => stage?.close());

  const watch = () =>
    broker.watchAttempts({ follows: true, watchedOnly: false, netns: stage.netns.inode, protocol: 'tcp' });

  async function count(): Promise<number | undefined> {
    await broker.flushAttempts();
    const maps = heldBpf(broker.pid).map.map(String);
    const read = async (section: string): Promise<number[]> => {
      const { stdout, stderr } = await run([python, `${stage.folder}/bpf_variable.py`, section, ...maps]);
      assert.equal(stderr, '');
      return JSON.parse(stdout);
    };
    const [present = 0] = await read('.bss.watch');
    return (await read('.bss.awaiting'))[present];
  }

  it('is over with the watch, and what it had counted is not for the next one', async () => {
    await watch();
    const { listening } = await connectAll(server, client, ipv4, 'l', ['sends', 'waits']);
    assert.equal(await count(), 2);
    await client.send('sends', 'x');
    assert.equal((await server.receive('sends')).text, 'x');
    assert.equal(await count(), 1);
    await broker.unwatchAttempts();
    assert.equal(await count(), 0);
    await watch();
    await client.send('waits', 'x');
    assert.equal((await server.receive('waits')).text, 'x');
    assert.equal(await count(), 0);
    await client.connect('next', { family: 'ipv4', to: listening.local });
    assert.equal(await count(), 1);
    await broker.unwatchAttempts();
  });

  it('stays 0 after a watch, whatever runs while it ends', async () => {
    const child = start([python, '-c', busy], { netns: stage.netns, user: stage.user }, { stdio: 'inherit' });
    try {
      for (let times = 0; times < 3; times++) {
        for (let quick = 0; quick < 15; quick++) {
          await watch();
          await broker.unwatchAttempts();
        }
        assert.equal(await count(), 0);
      }
    } finally {
      await end(child);
    }
  });
});
