/** Clients that disconnect, or replace a request at once, leave nothing behind in the agent. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentStatus, ErrorCode, limits, type PackedChange, rootGroup } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf } from '../helpers/bpf-objects';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';
import { introduction, message, Wire } from '../helpers/wire';

/** In one group, and in several messages. */
const count = 3 * limits.listPage;

describe('clients that disconnect', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let puppet: Puppet;
  let broker: number;
  let wire: Wire;
  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    agent = await stage.agent();
    broker = await agent.brokerPid();
    puppet = await stage.puppet();
    await puppet.command('bind_many', { name: 'udp', count, family: 'ipv4', address: '127.0.0.1' });
  });
  after(() => stage?.close());
  beforeEach(async () => {
    wire = await Wire.open(stage.user.uid);
    await wire.ask(0, 'initialize', introduction);
  });

  const view = (view: number, open: Record<string, number>) => ({
    view,
    filter: `pid:${puppet.pid}`,
    show: 'everything',
    groupBy: 'container',
    open,
    workspace: { roots: [], folders: [] },
  });
  const group = () => `namespace/${stage.netns.inode}`;
  const links = () => heldBpf(broker).link.length;

  async function assertServes(): Promise<void> {
    const client = await agent.client();
    assert.equal((await client.request(agentStatus, {})).pid, agent.pid, agent.stderr);
    client.close();
  }

  it('a client that disconnects in the middle of a large window', async () => {
    const idle = links();
    const { result } = await wire.ask(1, 'view/set', view(1, { [rootGroup]: 10, [group()]: count }));
    const sent = (result as PackedChange).rows[group()]?.set.length ?? 0;
    assert.ok(sent > 0 && sent < limits.listPage, `${sent} rows at first`);
    wire.close();
    await until('no client watches', () => links() === idle);
    await sleep(300);
    await assertServes();
  });

  it('a client that disconnects before its first window', async () => {
    const idle = links();
    wire.send(message(1, 'view/set', view(1, { [rootGroup]: 10, [group()]: count })));
    await until('it is watched', () => links() > idle);
    wire.close();
    await until('no client watches', () => links() === idle);
    await sleep(300);
    await assertServes();
  });

  it('a view that is closed and opened again at once', async () => {
    const idle = links();
    const opened = view(1, { [rootGroup]: 10 });
    wire.send(message(1, 'view/set', opened) + message(2, 'view/close', { view: 1 }));
    wire.send(message(3, 'view/set', opened));
    for (let answered = 0; answered < 3; answered++) await wire.next();
    assert.ok(links() > idle);
    assert.equal((await wire.ask(4, 'view/close', { view: 1 })).result, null);
    await until('no client watches', () => links() === idle);
    wire.close();
    await assertServes();
  });

  it('a view that is changed before its first window', async () => {
    wire.send(message(1, 'view/set', view(1, { [rootGroup]: 10 })));
    wire.send(message(2, 'view/set', view(1, { [rootGroup]: 5 })));
    for (let answered = 0; answered < 2; answered++) {
      const { id, result } = await wire.next();
      assert.equal((result as PackedChange).shown, count, `answer ${id}`);
    }
    wire.close();
  });

  it('R14: a client that asks faster than anybody needs is told so, and others are served', async () => {
    const asked = 4000;
    // All in one piece, so that it is the agent alone that takes time.
    const requests = Array.from({ length: asked }, (_, id) => message(id + 1, 'view/close', { view: 1 }));
    wire.send(requests.join(''));
    await assertServes();
    const refusals: { readonly code: number; readonly message: string }[] = [];
    for (let answered = 0; answered < asked; answered++) {
      const { error } = await wire.next();
      if (error) refusals.push(error);
    }
    assert.ok(refusals.length > 0);
    for (const { code, message } of refusals) {
      assert.equal(code, ErrorCode.busy);
      assert.match(message, /More than 500 requests a second/);
    }
    await until('it is answered again', async () => !(await wire.ask(asked + 1, 'agent/status', {})).error);
    wire.close();
  });
});
