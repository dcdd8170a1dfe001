/** The effect of each fault of an outage on the connections that match, and on no others. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { type Fault, listOutages, type OutageParams, stopOutage } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { connectErrno, holdDown } from '../helpers/outages';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const errnoOf = { refused: 'ECONNREFUSED', unreachable: 'EHOSTUNREACH', denied: 'EPERM' } as const;
const [ipv4] = places as [Place];

describe('the faults of an outage', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Client;
  let server: Puppet;
  let program: Puppet;
  before(async () => {
    stage = new Stage();
  });
  after(() => stage?.close());
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    server = await stage.puppet();
    program = await stage.puppet();
  });
  afterEach(async () => {
    for (const puppet of [program, server]) await puppet.stop();
    await agent.stop();
  });

  const hold = (filter: string, more?: Partial<OutageParams>) => holdDown(client, filter, more);

  for (const place of places)
    for (const [fault, errno] of Object.entries(errnoOf))
      it(`${fault}, ${place.family}: the connection is destroyed, new ones fail with ${errno}, others work`, async () => {
        const { listening, pairs } = await connectAll(server, program, place, 'held', ['victim']);
        const { listening: other } = await connectAll(server, program, place, 'other', ['bystander']);
        const port = listening.local[1];
        const { outage, destroyed } = await hold(`remote:${port}`, { fault: fault as Fault });
        assert.ok(
          destroyed.some(
            ({ outcome, cookie }) => outcome === 'destroyed' && cookie === pairs.victim.client.cookie,
          ),
        );
        assert.equal(await program.errnoOf('receive', 'victim'), 'ECONNABORTED');
        for (const _ of [1, 2])
          assert.equal(await connectErrno(program, listening.local, place.family), errno);
        assert.equal(await connectErrno(program, other.local, place.family), null);
        await assertEchoes([program, 'bystander'], [server, 'bystander']);

        const { outage: ended } = await client.request(stopOutage, { id: outage.id });
        assert.deepEqual([ended.connects, ended.packets], [2, 0]);
        assert.equal(await connectErrno(program, listening.local, place.family), null);
      });

  for (const place of places)
    it(`blackhole, ${place.family}: connects get no answer, live connections stall and then go on`, async () => {
      const { listening } = await connectAll(server, program, place, 'held', ['victim']);
      await connectAll(server, program, place, 'other', ['bystander']);
      const { outage, destroyed } = await hold(`remote:${listening.local[1]}`, { fault: 'blackhole' });
      assert.deepEqual(destroyed, []);
      await program.send('victim', 'ping');
      await server.send('victim', 'pong');
      assert.equal(await connectErrno(program, listening.local, place.family), 'ETIMEDOUT');
      await assertEchoes([program, 'bystander'], [server, 'bystander']);
      const { outages } = await client.request(listOutages, {});
      assert.ok((outages[0]?.packets ?? 0) > 2, `${outages[0]?.packets} packets`);

      await client.request(stopOutage, { id: outage.id });
      assert.equal((await server.receive('victim')).text, 'ping');
      assert.equal((await program.receive('victim')).text, 'pong');
    });

  it('blackhole of two remotes: the live connections of both stall', async () => {
    const twin = await stage.puppet();
    const servers = { first: server, second: twin };
    const { listening } = await connectAll(server, program, ipv4, 'one', ['first']);
    const { listening: another } = await connectAll(twin, program, ipv4, 'two', ['second']);
    const filter = `remote:${listening.local[1]},${another.local[1]}`;
    const { outage } = await hold(filter, { fault: 'blackhole' });
    for (const name of Object.keys(servers)) await program.send(name, 'ping');
    for (const [name, puppet] of Object.entries(servers)) assert.ok(await puppet.receivesNothing(name, 2));
    await client.request(stopOutage, { id: outage.id });
    for (const [name, puppet] of Object.entries(servers))
      assert.equal((await puppet.receive(name)).text, 'ping');
  });

  it('UDP: sendto fails at once, or its datagrams vanish without an error', async () => {
    const { local } = await server.bind('udp', { family: 'ipv4', address: '127.0.0.1', protocol: 'udp' });
    const { local: other } = await server.bind('other', {
      family: 'ipv4',
      address: '127.0.0.1',
      protocol: 'udp',
    });
    await program.bind('out', { family: 'ipv4', address: '127.0.0.1', protocol: 'udp' });
    const refused = await hold(`remote:${local[1]} proto:udp`, { fault: 'denied' });
    await assert.rejects(program.send('out', 'lost', local), /EPERM/);
    await program.send('out', 'kept', other);
    assert.equal((await server.receive('other')).text, 'kept');
    await client.request(stopOutage, { id: refused.outage.id });

    const swallowed = await hold(`remote:${local[1]} proto:udp`, { fault: 'blackhole' });
    await program.send('out', 'lost', local);
    await program.send('out', 'kept too', other);
    assert.equal((await server.receive('other')).text, 'kept too');
    const { outage } = await client.request(stopOutage, { id: swallowed.outage.id });
    assert.equal(outage.packets, 1);
    await program.send('out', 'after', local);
    assert.equal((await server.receive('udp')).text, 'after');
  });
});
