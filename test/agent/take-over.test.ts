/** Take-over of a port: the old listener is destroyed, its process survives, and a new server gets the port at once. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { isFree, isFreeForReuse, planDestroy } from '../../agent/protocol';
import { withoutKfunc } from '../helpers/engines';
import { assertAccepts, connectAll, type Place, places } from '../helpers/pairs';
import { explain, onlyHolder } from '../helpers/ports';
import { assertEchoes, type BindOptions, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, targetByCookie } from '../helpers/targets';

const takeOver = { includeListeners: true, takeOver: true } as const;

describe('taking a port over', { skip: withoutRoot || withoutKfunc }, () => {
  let stage: Stage;
  let client: Client;
  let old: Puppet;
  let fresh: Puppet;
  let peer: Puppet;
  let port = 12_000;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    old = await stage.puppet();
    fresh = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  for (const place of places) {
    const say = (what: string) => `${what}, ${place.family}`;

    it(say('a new server with SO_REUSEADDR binds while the old owner lives'), async () => {
      const binding: BindOptions = { family: place.family, address: place.loopback, port: ++port };
      const listening = await old.listen(say('victim'), binding);
      await connectAll(old, peer, place, say('twin'), [say('kept')]);
      const target = await targetByCookie(client, listening);
      const { plan } = await client.request(planDestroy, { targets: [target], ...takeOver });
      assert.equal(plan[0]?.act, 'destroy');
      assert.match(
        plan[0]?.message ?? '',
        /gets SO_REUSEADDR and stops accepting.* stays alive but deaf, mostly spinning/,
      );

      const result = await destroyOne(client, target, takeOver);
      assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
      assert.match(
        result.message,
        / is still running; port \d+ can be bound at once by a server that sets SO_REUSEADDR/,
      );
      assert.equal(await old.errnoOf('accept', say('victim')), 'EINVAL');
      assert.equal(old.lives, true);
      const report = await explain(client, port);
      assert.deepEqual(
        onlyHolder(report, 'bound').owners.map(({ pid }) => pid),
        [old.pid],
      );
      assert.deepEqual([isFree(report.binds), isFreeForReuse(report.binds)], [false, true]);

      await fresh.listen(say('new'), { ...binding, reuse: true });
      await assertAccepts(fresh, peer, place, say('new'));
      await assertEchoes([peer, say('kept')], [old, say('kept')]);
      await assertAccepts(old, peer, place, say('twin'));
    });

    it(say('also with connections that wait to be accepted'), async () => {
      const binding: BindOptions = { family: place.family, address: place.loopback, port: ++port };
      const listening = await old.listen(say('queue'), binding);
      await peer.connect(say('queued'), { family: place.family, to: listening.local });
      const result = await destroyOne(client, await targetByCookie(client, listening), takeOver);
      assert.deepEqual([result.outcome, result.engine], ['destroyed', 'sock_diag'], result.message);
      assert.equal(await peer.errnoOf('receive', say('queued')), 'ECONNRESET');
      await fresh.listen(say('new for queue'), { ...binding, reuse: true });
      await assertAccepts(fresh, peer, place, say('new for queue'));
    });

    it(say('without it, the port stays taken'), async () => {
      const binding: BindOptions = { family: place.family, address: place.loopback, port: ++port };
      const listening = await old.listen(say('plain'), binding);
      const target = await targetByCookie(client, listening);
      const result = await destroyOne(client, target, { includeListeners: true });
      assert.equal(result.outcome, 'destroyed', result.message);
      const { binds } = await explain(client, port);
      assert.deepEqual([isFree(binds), isFreeForReuse(binds)], [false, false]);
    });
  }

  it('a dual-stack listener, for both families', async () => {
    const binding: BindOptions = { family: 'ipv6', address: '::', dual: true, port: ++port };
    const listening = await old.listen('dual', binding);
    const result = await destroyOne(client, await targetByCookie(client, listening), takeOver);
    assert.equal(result.outcome, 'destroyed', result.message);
    await fresh.listen('new dual', { ...binding, reuse: true });
    await peer.connect('over IPv4', { family: 'ipv4', to: ['127.0.0.1', port] });
    await fresh.accept('over IPv4', 'new dual');
    await assertEchoes([peer, 'over IPv4'], [fresh, 'over IPv4']);
  });

  it('one of two listeners that share a port, and not the other', async () => {
    const [ipv4] = places as [Place];
    const binding: BindOptions = { family: 'ipv4', address: '127.0.0.1', port: ++port, reuseport: true };
    const listening = await old.listen('chosen', binding);
    const sibling = await old.listen('sibling', binding);
    const result = await destroyOne(client, await targetByCookie(client, listening), takeOver);
    assert.equal(result.outcome, 'destroyed', result.message);
    assert.equal(await old.errnoOf('accept', 'chosen'), 'EINVAL');
    assert.equal((await findOne(client, `cookie:${sibling.cookie}`)).state, 'listen');
    await assertAccepts(old, peer, ipv4, 'sibling');
  });

  it('is refused with sock_diag, which leaves the listener alone', async () => {
    const listening = await old.listen('diag', { family: 'ipv4', address: '127.0.0.1', port: ++port });
    const target = await targetByCookie(client, listening);
    const { outcome, message } = await destroyOne(client, target, { ...takeOver, engine: 'sock_diag' });
    assert.equal(outcome, 'unsupported');
    assert.match(message, /only the bpf engine can set SO_REUSEADDR/);
    assert.equal((await findOne(client, `cookie:${listening.cookie}`)).state, 'listen');
  });

  for (const place of places)
    it(`connections are destroyed as without --take-over, ${place.family}`, async () => {
      const { pairs } = await connectAll(old, peer, place, `ever ${place.family}`, ['ever']);
      const target = await targetByCookie(client, pairs.ever.server);
      const { outcome, engine } = await destroyOne(client, target, takeOver);
      assert.deepEqual([outcome, engine], ['destroyed', 'bpf']);
      assert.equal(await old.errnoOf('receive', 'ever'), 'ECONNABORTED');
      await assertAccepts(old, peer, place, `ever ${place.family}`);
    });
});
