/** Clients that disconnect, or replace a request at once, leave nothing behind in the agent. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  agentStatus,
  closeView,
  ErrorCode,
  limits,
  type PackedChange,
  rootGroup,
} from '../../agent/protocol';
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
    const greedy = await agent.client();
    const other = await agent.client();
    const refusals: unknown[] = [];
    const ask = () => greedy.request(closeView, { view: 1 }).catch((error) => refusals.push(error));
    for (let asked = 0; asked < 4000; asked += 20) await Promise.all(Array.from({ length: 20 }, ask));
    const busy = refusals.filter((error) => (error as { code?: number }).code === ErrorCode.busy);
    assert.ok(busy.length > 0, `${refusals.length} refusals`);
    assert.match(String(busy[0]), /More than 500 requests a second/);
    assert.equal((await other.request(agentStatus, {})).pid, agent.pid);
    await sleep(100);
    assert.equal((await greedy.request(agentStatus, {})).pid, agent.pid);
    greedy.close();
    other.close();
  });
});
