/** A destroy by the list that was made just before: as fast as it can be, and never of what has changed since then. */

import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { type Socket, targetOf } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { usualEngine } from '../helpers/engines';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** Seconds: a younger process may be about to become another program, so that its sockets are scanned again. */
const grownAge = 10.5;

const ageOf = (pid: number) => uptime() - Number(startTimeOf(pid)) / 100;

describe('a destroy right after a list', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let puppet: Puppet;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    server = await stage.puppet();
    puppet = await stage.puppet();
    await sleep(Math.max(0, 1000 * (grownAge - ageOf(puppet.pid))));
  });
  after(() => stage?.close());

  /** The ends that `puppet` has of these connections, as they are listed now. */
  async function listed(): Promise<readonly Socket[]> {
    return (await listAll(client, `pid:${puppet.pid}`)).sockets;
  }

  it('is of what was listed, each with its outcome, in order', async () => {
    const { pairs } = await connectAll(server, puppet, ipv4, 'all', ['one', 'two', 'stays']);
    const wanted = [pairs.two.client.cookie, pairs.one.client.cookie];
    const sockets = await listed();
    const targets = wanted.map((cookie) => {
      const socket = sockets.find((each) => each.cookie === cookie);
      assert.ok(socket);
      return targetOf(socket);
    });
    const results = await destroyTargets(client, { targets });
    assert.deepEqual(
      results.map(({ cookie, outcome, engine }) => [cookie, outcome, engine]),
      wanted.map((cookie) => [cookie, 'destroyed', usualEngine]),
    );
    for (const name of ['one', 'two']) assert.equal(await puppet.errnoOf('receive', name), 'ECONNABORTED');
    await assertEchoes([puppet, 'stays'], [server, 'stays']);
  });

  it('is planned by another scan where something has changed since, also for one of several', async () => {
    const { pairs } = await connectAll(server, puppet, ipv4, 'some', ['same', 'ended', 'closed', 'kept']);
    const targets = (await listed())
      .filter(({ cookie }) =>
        [pairs.same, pairs.ended, pairs.closed].some(({ client }) => client.cookie === cookie),
      )
      .map(targetOf);
    await server.shutdown('ended');
    assert.equal((await puppet.receive('ended')).text, '');
    await puppet.reset('closed');
    const results = await destroyTargets(client, { targets });
    const outcomes = new Map(results.map(({ cookie, outcome }) => [cookie, outcome]));
    assert.deepEqual(
      [pairs.same, pairs.ended, pairs.closed].map(({ client }) => outcomes.get(client.cookie)),
      ['destroyed', 'destroyed', 'gone'],
    );
    assert.equal(results.length, 3);
    await assertEchoes([puppet, 'kept'], [server, 'kept']);
  });

  it('is refused where what was listed is protected', async () => {
    await puppet.listen('deaf', { family: 'ipv4', address: '127.0.0.1' });
    const { cookie } = await puppet.info('deaf');
    const target = (await listed()).find((socket) => socket.cookie === cookie);
    assert.ok(target);
    const results = await destroyTargets(client, { targets: [targetOf(target)] });
    assert.equal(results[0]?.outcome, 'protected');
  });
});
