/** One connection destroyed in each lasting state, by the right engine. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import { planDestroy, type Socket, type State, targetOf } from '../../agent/protocol';
import { engines } from '../helpers/engines';
import { assertAccepts, closeFirst, connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, inState } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('states', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let peer: Puppet;
  let neighbour: Puppet;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent(['--scope', 'all'])).client();
    server = await stage.puppet();
    peer = await stage.puppet();
    const tun = [python, `${stage.folder}/tun.py`];
    neighbour = await stage.victim(tun, { user: undefined });
  });
  after(() => stage?.close());

  /** A closed connection keeps its cookie in the states after it, and loses its process. */
  async function assertForgotten({ cookie }: SocketInfo, state: State): Promise<void> {
    const found = await inState(client, { cookie }, state);
    assert.deepEqual(found.owners, []);
    const forced = await destroyOne(client, targetOf(found), { engine: 'bpf' });
    assert.equal(forced.outcome, 'unsupported', forced.message);
    assert.equal((await findOne(client, `cookie:${cookie}`)).state, state);
    const result = await destroyOne(client, targetOf(found));
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'sock_diag'], result.message);
    assert.deepEqual((await listAll(client, `cookie:${cookie}`)).sockets, []);
  }

  /** What the plan says that a destroy would do. */
  async function planned(found: Socket): Promise<string> {
    const { plan } = await client.request(planDestroy, { targets: [targetOf(found)] });
    return plan[0]?.message ?? '';
  }

  for (const place of places) {
    it(`time-wait goes through sock_diag, ${place.family}`, async () => {
      const names = ['victim', 'bystander'] as const;
      const { pairs } = await connectAll(server, peer, place, `time-wait ${place.family}`, names);
      await closeFirst(peer, server, 'victim');
      const found = await inState(client, pairs.victim.client, 'time-wait');
      assert.match(
        await planned(found),
        /is forgotten by the kernel: no process is touched, and nobody sees an error$/,
      );
      await assertForgotten(pairs.victim.client, 'time-wait');
      await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      await assertAccepts(server, peer, place, `time-wait ${place.family}`);
    });

    it(`an orphan in fin-wait-2 goes through sock_diag, ${place.family}`, async () => {
      const names = ['victim', 'bystander'] as const;
      const { pairs } = await connectAll(server, peer, place, `orphan ${place.family}`, names);
      await peer.close('victim');
      await assertForgotten(pairs.victim.client, 'fin-wait-2');
      await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    });

    for (const engine of engines) {
      const say = (what: string) => `${what}, ${place.family}, ${engine}`;

      it(say('fin-wait-2 with its process'), async () => {
        const names = ['victim', 'bystander'] as const;
        const { pairs } = await connectAll(server, peer, place, say('fin-wait-2'), names);
        await peer.shutdown('victim');
        assert.equal((await server.receive('victim')).text, '');
        const found = await inState(client, pairs.victim.client, 'fin-wait-2');
        assert.match(
          await planned(found),
          new RegExp(
            `pid ${peer.pid}\\) gets ECONNABORTED, its peer .*pid ${server.pid}\\) sees no error unless it writes \\(EPIPE\\)$`,
          ),
        );
        const result = await destroyOne(client, targetOf(found), { engine });
        assert.deepEqual([result.outcome, result.engine], ['destroyed', engine], result.message);
        assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
        assert.equal(await server.errnoOf('receive', 'victim'), null);
        assert.equal(await server.errnoOf('send', 'victim'), 'EPIPE');
        await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      });

      it(say('close-wait, whose other end is closed'), async () => {
        const names = ['victim', 'bystander'] as const;
        const { pairs } = await connectAll(server, peer, place, say('leaked'), names);
        await peer.close('victim');
        const found = await inState(client, pairs.victim.server, 'close-wait');
        assert.match(
          await planned(found),
          /sees no error unless it writes \(ECONNABORTED\): a read finds the end, as before, and its peer has closed: nobody sees an error there$/,
        );
        const result = await destroyOne(client, targetOf(found), { engine });
        assert.equal(result.outcome, 'destroyed', result.message);
        assert.equal(await server.errnoOf('receive', 'victim'), null);
        assert.equal(await server.errnoOf('send', 'victim'), 'ECONNABORTED');
        await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      });

      it(say('close-wait'), async () => {
        const names = ['victim', 'bystander'] as const;
        const { pairs } = await connectAll(server, peer, place, say('close-wait'), names);
        await peer.shutdown('victim');
        const found = await inState(client, pairs.victim.server, 'close-wait');
        assert.match(
          await planned(found),
          new RegExp(
            `its peer .*pid ${peer.pid}\\) has closed its side and gets ECONNRESET if it still reads$`,
          ),
        );
        const result = await destroyOne(client, targetOf(found), { engine });
        assert.deepEqual([result.outcome, result.engine], ['destroyed', engine], result.message);
        assert.equal(await server.errnoOf('receive', 'victim'), null);
        assert.equal(await server.errnoOf('send', 'victim'), 'ECONNABORTED');
        assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNRESET');
        await assertEchoes([peer, 'bystander'], [server, 'bystander']);
      });
    }
  }

  for (const engine of engines)
    it(`syn-sent, ${engine}`, async () => {
      const to = ['10.9.0.2', 80] as const;
      const victim = await peer.connect('victim', { family: 'ipv4', to, wait: false });
      const bystander = await peer.connect('waits', { family: 'ipv4', to, wait: false });
      const found = await findOne(client, `cookie:${victim.cookie}`);
      assert.equal(found.state, 'syn-sent');
      const result = await destroyOne(client, targetOf(found), { engine });
      assert.deepEqual([result.outcome, result.engine], ['destroyed', engine], result.message);
      assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
      assert.equal((await findOne(client, `cookie:${bystander.cookie}`)).state, 'syn-sent');
    });

  it('syn-recv goes through sock_diag', async () => {
    const { local } = await server.listen('syn-recv', { family: 'ipv4', address: '0.0.0.0' });
    for (const from of [4001, 4002]) await neighbour.command('syn', { port: local[1], from });
    const found = await findOne(client, `:${local[1]} state:syn-recv remote:4001`);
    const result = await destroyOne(client, targetOf(found));
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'sock_diag'], result.message);
    await findOne(client, `:${local[1]} state:syn-recv remote:4002`);
    assert.deepEqual((await listAll(client, `:${local[1]} state:syn-recv remote:4001`)).sockets, []);
    await assertAccepts(server, peer, ipv4, 'syn-recv');
  });

  it('a connection that is not accepted yet', async () => {
    const { local } = await server.listen('unaccepted', { family: 'ipv4', address: '127.0.0.1' });
    for (const name of ['first', 'second']) await peer.connect(name, { family: 'ipv4', to: local });
    const near = await peer.info('first');
    const found = await findOne(client, `:${local[1]} remote:${near.local[1]}`);
    assert.deepEqual(found.owners, []);
    assert.equal((await destroyOne(client, targetOf(found))).outcome, 'destroyed');
    assert.equal(await peer.errnoOf('receive', 'first'), 'ECONNRESET');
    for (const name of ['dead', 'alive']) await server.accept(name, 'unaccepted');
    assert.equal(await server.errnoOf('receive', 'dead'), 'ECONNABORTED');
    await assertEchoes([peer, 'second'], [server, 'alive']);
  });

  for (const engine of engines)
    it(`IPv4 between IPv6 sockets, ${engine}`, async () => {
      const making = { family: 'ipv6', dual: true } as const;
      const listener = `mapped ${engine}`;
      const { local } = await server.listen(listener, { ...making, address: '::' });
      const names = ['victim', 'bystander'];
      for (const name of names) {
        await peer.connect(name, { ...making, to: ['::ffff:127.0.0.1', local[1]] });
        await server.accept(name, listener);
      }
      const found = await findOne(client, `cookie:${(await peer.info('victim')).cookie}`);
      assert.equal(found.remote?.address, '::ffff:127.0.0.1');
      assert.deepEqual(found.peer?.cookie, (await server.info('victim')).cookie);
      const result = await destroyOne(client, targetOf(found), { engine });
      assert.deepEqual([result.outcome, result.engine], ['destroyed', engine], result.message);
      assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
      assert.equal(await server.errnoOf('receive', 'victim'), 'ECONNRESET');
      await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    });

  it('a socket that was destroyed before is reported as gone', async () => {
    const { pairs } = await connectAll(server, peer, ipv4, 'twice', ['victim']);
    const target = targetOf(await findOne(client, `cookie:${pairs.victim.client.cookie}`));
    assert.equal((await destroyOne(client, target)).outcome, 'destroyed');
    assert.equal((await destroyOne(client, target)).outcome, 'gone');
    const closed = await findOne(client, `cookie:${target.cookie} state:close`);
    assert.deepEqual([closed.state, closed.local.port], ['close', 0]);
  });
});
