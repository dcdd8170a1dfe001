/** While the walker of a list of all sockets is stopped, others scan all sockets, too, and do not wait for it. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll, type SocketList } from '../../agent/client/list-all';
import { planDestroy } from '../../agent/protocol';
import { Ground } from '../faults/ground';
import { isRunning } from '../helpers/holders/descendants';
import { until } from '../helpers/programs';
import { isStopped, signalNextWalker } from '../helpers/signal-walker';
import { Stage, withoutRoot } from '../helpers/stage';

/** A busy machine may take longer than the walker's deadline. */
const maxTries = 10;

describe('a list of all whose walker is stopped', { skip: withoutRoot }, () => {
  let stage: Stage;
  let ground: Ground;
  let client: Client;
  let other: Client;
  let broker: number;
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
    const agent = await stage.agent();
    broker = await agent.brokerPid();
    client = await agent.client();
    other = await agent.client();
  });
  after(() => stage?.close());

  /** Lists while the walker is stopped; resolves with that list, or with null where `act` was not over before it. */
  async function during(act: () => Promise<void>): Promise<SocketList | null> {
    const stopped = await signalNextWalker(stage, broker, 'SIGSTOP', 0);
    let over = false;
    const list = listAll(client, '').finally(() => {
      over = true;
    });
    const walker = await stopped();
    const isHeld = walker !== 0 && isStopped(walker);
    if (isHeld) await act();
    const wasOver = over;
    const listed = await list;
    await until('the walker has ended', () => walker === 0 || !isRunning(walker));
    return isHeld && !wasOver ? listed : null;
  }

  async function assertGoesOn(act: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < maxTries; tries++) {
      const listed = await during(act);
      if (!listed) continue;
      // Nothing is missing where the walker had read all by then.
      for (const { errno } of listed.namespaces)
        assert.ok(errno === null || errno === 'ETIMEDOUT', `${errno}`);
      return;
    }
    throw new Error('Others were not answered before it was over');
  }

  async function assertListed(filter: string, name: string): Promise<void> {
    const { sockets, namespaces } = await listAll(other, filter);
    assert.ok(
      sockets.some(({ cookie }) => cookie === ground.cookie(name)),
      filter,
    );
    assert.ok(namespaces.every(({ errno }) => errno === null));
  }

  it('holds up no list and no destroy of a connection that no list had yet', async () => {
    let fate = Promise.resolve('unknown');
    await assertGoesOn(async () => {
      const { name, result } = await ground.destroyOne(other);
      assert.equal(result.outcome, 'destroyed', result.message);
      fate = ground.fateOf(name);
      await fate;
    });
    assert.equal(await fate, 'destroyed');
  });

  for (const filter of ['state:established', 'proto:tcp', ''])
    it(`holds up no list of ${filter || 'all'}`, async () => {
      const [name = ''] = await ground.connect(1);
      await assertGoesOn(() => assertListed(filter, name));
      assert.equal(await ground.fateOf(name), 'lives');
    });

  it('holds up no plan', async () => {
    const [name = ''] = await ground.connect(1);
    const targets = await ground.targets(other, [name]);
    await assertGoesOn(async () => {
      const { plan } = await other.request(planDestroy, { targets });
      assert.deepEqual(
        plan.map(({ act }) => act),
        ['destroy'],
      );
    });
    assert.equal(await ground.fateOf(name), 'lives');
  });

  it('is followed by lists and destroys that are whole', async () => {
    const [name = ''] = await ground.connect(1);
    await assertListed('', name);
    const { name: destroyed, result } = await ground.destroyOne(other);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    assert.equal(await ground.fateOf(destroyed), 'destroyed');
    await ground.assertBystander();
  });
});
