/**
 * A terminal may lie in a cgroup that its user may freeze and kill, and the broker with it: at whatever point of a destroy, what is
 * reported is what happened, and nothing happens later or to anything else.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import type { DestroyedSocket } from '../../agent/protocol';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];
const mount = cgroup2Mount();

/** Milliseconds after a destroy was asked for: from before the broker reads it to after it has answered. */
const moments = [0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30];

describe('a broker in a cgroup of its user', {
  skip: withoutRoot || (mount ? false : 'there is no cgroup2 mount'),
}, () => {
  let stage: Stage;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    peer = await stage.puppet();
    await connectAll(server, peer, ipv4, 'bystanders', ['bystander']);
  });
  after(() => stage?.close());

  /** Asks for the destroy of a new connection. */
  async function beginDestroy(
    client: Client,
    name: string,
  ): Promise<{ readonly answer: Promise<DestroyedSocket> }> {
    const names = [name] as const;
    const { pairs } = await connectAll(server, peer, ipv4, `listener ${name}`, names);
    const target = await targetByCookie(client, pairs[name]?.client ?? { cookie: '' });
    return { answer: destroyOne(client, target) };
  }

  /** Whether it was destroyed; if not, it carries data. */
  async function isDestroyed(name: string): Promise<boolean> {
    const errno = await peer.pending(name);
    if (errno === null) await assertEchoes([peer, name], [server, name]);
    else assert.equal(errno, 'ECONNABORTED');
    return errno !== null;
  }

  it('that is frozen and thawed reports what happened', async () => {
    const agent = await stage.agent();
    const client = await agent.client();
    const cgroup = new Cgroup(mount ?? '', 'freeze');
    cgroup.take(await agent.brokerPid());
    for (const ms of moments) {
      const name = `frozen after ${ms} ms`;
      const { answer } = await beginDestroy(client, name);
      await sleep(ms);
      await cgroup.freeze();
      await sleep(50);
      cgroup.thaw();
      const { outcome } = await answer;
      assert.equal(await isDestroyed(name), outcome === 'destroyed', `${name}: ${outcome}`);
    }
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await agent.stop();
    await cgroup.remove();
  });

  it('that is frozen for longer than a walk may last destroys nothing late without saying so', async () => {
    const agent = await stage.agent();
    const client = await agent.client();
    const cgroup = new Cgroup(mount ?? '', 'late');
    cgroup.take(await agent.brokerPid());
    const answers: [string, Promise<DestroyedSocket>][] = [];
    for (const ms of [2, 5]) {
      const name = `frozen for long after ${ms} ms`;
      const { answer } = await beginDestroy(client, name);
      await sleep(ms);
      await cgroup.freeze();
      await sleep(2500);
      cgroup.thaw();
      answers.push([name, answer]);
      await answer;
    }
    for (const [name, answer] of answers)
      assert.equal(await isDestroyed(name), (await answer).outcome === 'destroyed', name);
    await agent.stop();
    await cgroup.remove();
  });

  it('that is killed destroys nothing afterwards', async () => {
    for (const ms of [0, 2, 4, 8]) {
      const agent = await stage.agent();
      const client = await agent.client();
      const cgroup = new Cgroup(mount ?? '', `kill-${ms}`);
      cgroup.take(await agent.brokerPid());
      const name = `killed after ${ms} ms`;
      const { answer } = await beginDestroy(client, name);
      const outcome = answer.then(
        (result) => result.outcome,
        () => null,
      );
      await sleep(ms);
      cgroup.kill();
      await agent.ended();
      const destroyed = await isDestroyed(name);
      if ((await outcome) !== null) assert.equal(destroyed, (await outcome) === 'destroyed', name);
      if (!destroyed) {
        await sleep(500);
        assert.equal(await isDestroyed(name), false, 'not later either');
      }
      await cgroup.remove();
    }
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
  });
});
