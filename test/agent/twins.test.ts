/** The negative twins of seed.test.ts: a request that does not name exactly one live socket destroys nothing. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import { forkBroker } from '../../agent/broker-link/native';
import type { Client } from '../../agent/client/connect';
import type { Target } from '../../agent/protocol';
import { caller } from '../helpers/caller';
import { engines, usualEngine } from '../helpers/engines';
import { closeFirst, connectAll, places } from '../helpers/pairs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { unusedCookie } from '../helpers/sockets';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

/** Mistakes about a socket whose cookie is right. */
const otherTuples: readonly [string, (target: Target) => Target][] = [
  ['local port', (target) => ({ ...target, local: { ...target.local, port: target.local.port ^ 1 } })],
  [
    'remote port',
    (target) => ({ ...target, remote: target.remote && { ...target.remote, port: target.remote.port ^ 1 } }),
  ],
  ['local address', (target) => ({ ...target, local: { ...target.local, address: '127.0.0.9' } })],
  [
    'remote address',
    (target) => ({ ...target, remote: target.remote && { ...target.remote, address: '::9' } }),
  ],
  ['remote end', (target) => ({ ...target, remote: null })],
  ['protocol', (target) => ({ ...target, protocol: target.protocol === 'tcp' ? 'udp' : 'tcp' })],
];

const choices = ['auto', ...engines] as const;

describe('a request that names no live socket', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  for (const place of places) {
    const say = (what: string) => `${what}, ${place.family}`;

    it(say('TCP: a wrong cookie, a wrong namespace, a wrong tuple'), async () => {
      const { pairs } = await connectAll(server, peer, place, `tcp ${place.family}`, ['tcp']);
      const target = await targetByCookie(client, pairs.tcp.client);
      await refuseAll(target);
      await assertEchoes([peer, 'tcp'], [server, 'tcp']);
    });

    it(say('UDP: a wrong cookie, a wrong namespace, a wrong tuple'), async () => {
      const protocol = 'udp';
      const bound = await server.bind('udp', { ...place, protocol, address: place.loopback });
      const near = await peer.connect('udp', { family: place.family, protocol, to: bound.local });
      await refuseAll(await targetByCookie(client, near));
      await assertUdpEchoes(near);
    });
  }

  async function refuseAll(target: Target): Promise<void> {
    for (const engine of choices) {
      const wrongCookie = { ...target, cookie: String(BigInt(target.cookie) + 1_000_000n) };
      assert.equal((await destroyOne(client, wrongCookie, { engine })).outcome, 'gone');
      const wrongNamespace = { ...target, netns: target.netns + 1_000_000 };
      // That none can be found does not say that there is none.
      assert.equal((await destroyOne(client, wrongNamespace, { engine })).outcome, 'unsupported');
      for (const [what, change] of otherTuples) {
        const result = await destroyOne(client, change(target), { engine });
        assert.equal(result.outcome, 'changed', `another ${what}: ${result.message}`);
        assert.equal(result.engine, null);
      }
    }
  }

  async function assertUdpEchoes(near: SocketInfo): Promise<void> {
    await peer.send('udp', 'there');
    assert.equal((await server.receive('udp')).text, 'there');
    await server.send('udp', 'back', near.local);
    assert.equal((await peer.receive('udp')).text, 'back');
  }
});

describe('the broker alone, without the checks of the agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    broker = new Broker(forkBroker(0, true));
    stage.onClose(() => broker.close());
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  async function recordOf({ cookie }: SocketInfo): Promise<DestroyRecord> {
    const sockets = socketsOf(await broker.list());
    const record = sockets.find((each) => each.record.cookie === cookie)?.record;
    assert.ok(record);
    return record;
  }

  const changes: readonly [string, (record: DestroyRecord) => DestroyRecord][] = [
    ['local port', (record) => ({ ...record, local: { ...record.local, port: record.local.port ^ 1 } })],
    ['remote port', (record) => ({ ...record, remote: { ...record.remote, port: record.remote.port ^ 1 } })],
    ['local address', (record) => ({ ...record, local: { ...record.local, address: nextTo(record) } })],
    ['remote address', (record) => ({ ...record, remote: { ...record.remote, address: nextTo(record) } })],
  ];
  const nextTo = ({ family }: DestroyRecord) => (family === 'ipv4' ? '127.0.0.9' : '::9');

  for (const place of places)
    for (const engine of choices)
      it(`a cookie with another tuple is left alone, ${place.family}, engine ${engine}`, async () => {
        const names = ['victim', 'bystander'] as const;
        const listener = `${place.family} ${engine}`;
        const { pairs } = await connectAll(server, peer, place, listener, names);
        const record = await recordOf(pairs.victim.client);
        for (const [what, change] of changes) {
          const [reply] = await broker.destroy(caller, engine, [change(record)]);
          assert.equal(reply?.status, 'changed', `another ${what}`);
        }
        for (const owner of [0, peer.pid, server.pid, 1]) {
          const [other] = await broker.destroy(caller, engine, [
            { ...record, remote: { ...record.remote, port: record.remote.port ^ 1 }, owner },
          ]);
          assert.equal(other?.status, 'changed', `whoever is said to hold it: ${owner}`);
        }
        const [unknown] = await broker.destroy(caller, engine, [{ ...record, cookie: unusedCookie }]);
        assert.equal(unknown?.status, 'pending', 'an unknown cookie');
        for (const cookie of ['0', '18446744073709551615']) {
          const [reply] = await broker.destroy(caller, engine, [{ ...record, cookie }]);
          assert.equal(reply?.status, 'pending', `no socket has cookie ${cookie}`);
        }
        for (const name of names) await assertEchoes([peer, name], [server, name]);

        const [reply] = await broker.destroy(caller, engine, [record]);
        const done = { engine: engine === 'auto' ? usualEngine : engine, status: 'done', errno: 0 };
        assert.deepEqual(reply, { ...done, remains: 'nothing' });
        assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
        assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNRESET');
        await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      });

  it('R16: the tuple of a socket that was closed and opened again', async () => {
    const [place] = places;
    assert.ok(place);
    const { listening, pairs } = await connectAll(server, peer, place, 'reopened', ['old']);
    const record = await recordOf(pairs.old.client);
    // The server closes first, so that time-wait stays with it and the client's tuple is free again.
    await closeFirst(server, peer, 'old');
    await peer.connect('new', { family: 'ipv4', to: listening.local, bind: pairs.old.client.local });
    await server.accept('new', 'reopened');
    assert.notEqual((await peer.info('new')).cookie, record.cookie);
    assert.deepEqual((await peer.info('new')).local, pairs.old.client.local);
    for (const engine of choices) {
      const [reply] = await broker.destroy(caller, engine, [record]);
      assert.equal(reply?.status, 'pending', engine);
    }
    await assertEchoes([peer, 'new'], [server, 'new']);
  });
});

describe('the same tuple in two namespaces', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
  });
  after(() => stage?.close());

  for (const place of places)
    for (const engine of choices)
      it(`only the named one is destroyed, ${place.family}, engine ${engine}`, async () => {
        const netns = stage.makeNetns(`${place.family}-${engine}`);
        const pairs = [];
        for (const where of [stage.netns, netns]) {
          const server = await stage.puppet({ netns: where });
          const peer = await stage.puppet({ netns: where });
          const to = [place.loopback, 12_500] as const;
          await server.listen('l', { ...place, address: place.loopback, port: 12_500, reuse: true });
          const bind = [place.loopback, 12_501] as const;
          const near = await peer.connect('c', { family: place.family, to, bind, reuse: true });
          await server.accept('c', 'l');
          pairs.push({ server, peer, near });
        }
        const [bystander, victim] = pairs;
        assert.ok(victim && bystander);
        assert.deepEqual(victim.near.local, bystander.near.local);
        const target = await targetByCookie(client, victim.near);
        assert.equal(target.netns, netns.inode);

        const wrong = await destroyOne(client, { ...target, netns: stage.netns.inode }, { engine });
        assert.equal(wrong.outcome, 'gone');
        await assertEchoes([victim.peer, 'c'], [victim.server, 'c']);

        assert.equal((await destroyOne(client, target, { engine })).outcome, 'destroyed');
        assert.equal(await victim.peer.errnoOf('receive', 'c'), 'ECONNABORTED');
        assert.equal(await victim.server.errnoOf('receive', 'c'), 'ECONNRESET');
        await assertEchoes([bystander.peer, 'c'], [bystander.server, 'c']);
        for (const puppet of [bystander.peer, bystander.server]) await puppet.stop();
      });
});
