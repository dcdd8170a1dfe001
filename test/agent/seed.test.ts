/** Destroys of TCP and UDP clients by cookie and servers by port, over IPv4 and IPv6, by the command line as a plain user. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { engines, usualEngine } from '../helpers/engines';
import { assertAccepts, assertReceives, connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { type CommandResult, Stage, withoutRoot } from '../helpers/stage';

function assertOne({ code, json, stderr }: CommandResult, outcome: string, engine: string | null) {
  assert.equal(json?.results.length, 1, stderr);
  const [result] = json.results;
  assert.equal(result.outcome, outcome, result.message);
  assert.equal(result.engine, engine);
  assert.equal(result.errno, null);
  assert.equal(code, 0, stderr);
}

function outcomes({ json }: CommandResult): string[] {
  return json.results.map(({ outcome }: { outcome: string }) => outcome).sort();
}

describe('destroy', { skip: withoutRoot }, () => {
  let stage: Stage;
  /** Explicit ports of UDP servers: a destroy releases a port that the kernel chose. */
  let port = 10_000;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());
  // What the kernel has given to IPv4 it may give to IPv6 as well.
  afterEach(async () => {
    for (const puppet of puppets.splice(0)) await puppet.stop();
  });

  const puppets: Puppet[] = [];
  const destroy = (...words: string[]) => stage.sockscope(['destroy', ...words, '--yes', '--json']);

  async function startPuppets(): Promise<{ server: Puppet; client: Puppet }> {
    const [server, client] = [await stage.puppet(), await stage.puppet()];
    puppets.push(server, client);
    return { server, client };
  }

  for (const engine of ['auto', ...engines])
    for (const place of places) {
      const used = engine === 'auto' ? usualEngine : engine;
      const say = (what: string) => `${what}, ${place.family}, engine ${engine}`;
      const act = (...words: string[]) => destroy(...words, '--engine', engine);

      it(say('a TCP client by cookie'), () => tcpClient(place, act, used));
      it(say('a TCP server by port'), () => tcpServer(place, act));
      it(say('a connected UDP client by cookie'), () => udpClient(place, act, used));
      it(say('a UDP server by port'), () => udpServer(place, act, used));
    }

  type Act = typeof destroy;

  async function tcpClient(place: Place, act: Act, engine: string) {
    const { server, client } = await startPuppets();
    const { pairs } = await connectAll(server, client, place, 'listener', ['victim', 'bystander']);
    assertOne(await act(`cookie:${pairs.victim.client.cookie}`), 'destroyed', engine);
    assert.equal(await client.errnoOf('receive', 'victim'), 'ECONNABORTED');
    assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNRESET');
    await assertEchoes([client, 'bystander'], [server, 'bystander']);
    await assertAccepts(server, client, place, 'listener');
  }

  async function tcpServer(place: Place, act: Act) {
    const { server, client } = await startPuppets();
    const { listening } = await connectAll(server, client, place, 'listener', ['one', 'two']);
    await connectAll(server, client, place, 'elsewhere', ['bystander']);
    const result = await act(`:${listening.local[1]}`);
    assert.deepEqual(outcomes(result), ['destroyed', 'destroyed', 'protected']);
    assert.equal(result.code, 0);
    for (const name of ['one', 'two']) {
      assert.equal(await server.errnoOf('receive', name), 'ECONNABORTED');
      assert.equal(await client.errnoOf('receive', name), 'ECONNRESET');
    }
    await assertEchoes([client, 'bystander'], [server, 'bystander']);
    await assertAccepts(server, client, place, 'listener');
  }

  async function udpClient(place: Place, act: Act, engine: string) {
    const { server, client } = await startPuppets();
    const binding = { ...place, protocol: 'udp', address: place.loopback } as const;
    const bound = await server.bind('server', binding);
    const making = { family: place.family, protocol: 'udp', to: bound.local } as const;
    const victim = await client.connect('victim', making);
    const bystander = await client.connect('bystander', making);
    assertOne(await act(`cookie:${victim.cookie}`), 'destroyed', engine);
    assert.equal(await client.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertReceives(client, 'bystander', server, 'server', bystander.local);
    await client.send('bystander', 'back');
    assert.equal((await server.receive('server')).text, 'back');
  }

  it('a connected UDP socket with a port of its own choice is reset, and keeps the port', async () => {
    const { server, client } = await startPuppets();
    const { local } = await server.bind('server', { family: 'ipv4', address: '127.0.0.1', protocol: 'udp' });
    const making = { family: 'ipv4', protocol: 'udp', to: local, bind: ['127.0.0.1', port++] } as const;
    const victim = await client.connect('victim', making);
    const finished = await destroy(`cookie:${victim.cookie}`);
    assert.deepEqual(outcomes(finished), ['reset'], finished.stderr);
    const { local: kept } = await client.info('victim');
    assert.equal(kept[1], victim.local[1]);
  });

  async function udpServer(place: Place, act: Act, engine: string) {
    const { server, client } = await startPuppets();
    const binding = { ...place, protocol: 'udp', address: place.loopback } as const;
    const victim = await server.bind('victim', { ...binding, port: port++ });
    const bystander = await server.bind('bystander', binding);
    await client.bind('client', binding);
    assertOne(await act(`:${victim.local[1]}`, 'proto:udp'), 'reset', engine);
    assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertReceives(server, 'victim', client, 'client', victim.local);
    await assertReceives(server, 'bystander', client, 'client', bystander.local);
    assert.deepEqual((await server.info('victim')).local, victim.local);
  }

  it('a UDP server whose port the kernel chose loses it', async () => {
    const { server } = await startPuppets();
    const bound = await server.bind('victim', {
      family: 'ipv4',
      protocol: 'udp',
      address: '127.0.0.1',
    });
    assertOne(await destroy(`cookie:${bound.cookie}`), 'destroyed', usualEngine);
    assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNABORTED');
    assert.equal((await server.info('victim')).local[1], 0);
  });

  for (const place of places)
    it(`a listener asked for by name, ${place.family}`, async () => {
      const { server, client } = await startPuppets();
      const { listening } = await connectAll(server, client, place, 'victim', ['accepted']);
      await connectAll(server, client, place, 'elsewhere', ['bystander']);
      const asked = [`:${listening.local[1]}`, 'state:listen'];
      const refused = await destroy(...asked);
      assert.deepEqual(outcomes(refused), ['protected']);
      assert.equal(refused.code, 1);
      await assertAccepts(server, client, place, 'victim');

      assertOne(await destroy(...asked, '--include-listeners'), 'destroyed', usualEngine);
      assert.equal(await server.errnoOf('accept', 'victim'), 'EINVAL');
      await assertEchoes([client, 'accepted'], [server, 'accepted']);
      await assertEchoes([client, 'bystander'], [server, 'bystander']);
      await assertAccepts(server, client, place, 'elsewhere');
    });
});
