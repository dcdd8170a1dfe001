/** A client, a walker or the broker is stopped in the middle of its work: others go on, and nothing that was given up happens later. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { agentStatus, ErrorCode, listOutages } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf, stillThere } from '../helpers/bpf-objects';
import { isRunning } from '../helpers/holders/descendants';
import { holdDown } from '../helpers/outages';
import { until } from '../helpers/programs';
import { isStopped, signalNextWalker } from '../helpers/signal-walker';
import { Stage, withoutRoot } from '../helpers/stage';
import { WatchCommand } from '../helpers/watching';
import { assertTrue, Ground } from './ground';

describe('stopped in the middle', { skip: withoutRoot }, () => {
  let stage: Stage;
  let ground: Ground;
  let agent: AgentProcess;
  let client: Client;
  let broker: number;
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
  });
  after(() => stage?.close());
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
  });
  afterEach(() => agent.stop());

  async function assertWorks(): Promise<void> {
    const { name, result } = await ground.destroyOne(client);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    assert.equal(await ground.fateOf(name), 'destroyed');
    await ground.assertBystander();
  }

  it('clients: others list and destroy, and those that were stopped see it when they go on', async () => {
    const names = await ground.connect(5);
    const watching = [
      await WatchCommand.start(stage, ['--json']),
      await WatchCommand.start(stage, ['--json']),
    ];
    for (const watch of watching) watch.signal('SIGSTOP');
    const destroyed = await ground.targets(client, names);
    for (const [at, name] of names.entries()) {
      const targets = destroyed.slice(at, at + 1);
      const [result] = await destroyTargets(client, { targets });
      assert.equal(result?.outcome, 'destroyed', result?.message);
      assert.equal(await ground.fateOf(name), 'destroyed');
      assert.ok((await listAll(client, '')).sockets.length > 0);
    }
    for (const watch of watching) assert.ok(isStopped(watch.pid), 'all was answered before it went on');
    for (const watch of watching) watch.signal('SIGCONT');
    for (const watch of watching) for (const target of destroyed) await watch.closed(target);
  });

  for (const afterUs of [0, 300, 1000, 3000])
    it(`a walker, ${afterUs} µs after its start: what is said of its targets is true, and others are answered`, async () => {
      const names = await ground.connect(4);
      const targets = await ground.targets(client, names);
      const other = await agent.client();
      const stopped = await signalNextWalker(stage, broker, 'SIGSTOP', afterUs);
      const asked = destroyTargets(client, { targets, engine: 'bpf' });
      const walker = await stopped();
      assert.equal((await other.request(agentStatus, {})).pid, agent.pid);
      assert.ok((await listAll(other, '')).sockets.length > 0);
      const results = await asked;
      for (const [at, name] of names.entries()) {
        const result = results[at];
        assert.ok(result);
        assertTrue(result, await ground.fateOf(name));
      }
      await until('the walker is gone', () => walker === 0 || !isRunning(walker));
      await until('no walk hangs', async () => (await ground.destroyOne(client)).result.engine === 'bpf');
      await assertWorks();
    });

  /** The broker is stopped while it holds a remote down. Resolves with the BPF objects that it has. */
  async function stopBroker() {
    const holder = await agent.client();
    await holdDown(holder, `remote:${ground.heldPort}`);
    assert.equal(await ground.connectErrno(), 'ECONNREFUSED');
    const bpf = heldBpf(broker);
    process.kill(broker, 'SIGSTOP');
    stage.onClose(() => isRunning(broker) && process.kill(broker, 'SIGCONT'));
    await until('nothing is held down', async () => (await ground.connectErrno()) === null);
    assert.ok(isStopped(broker), 'by the clock of the kernel alone');
    return bpf;
  }

  const areGone = async (bpf: ReturnType<typeof heldBpf>) =>
    Object.values(await stillThere(bpf)).every((ids) => ids.length === 0);

  it('the broker: what it holds down comes up, requests say who does not answer, and kill -9 takes its objects', async () => {
    const bpf = await stopBroker();
    const [name = ''] = await ground.connect(1);
    const answers = [listAll(client, ''), client.request(listOutages, {})].map((request) =>
      request.then(
        () => null,
        (error: { code: number; message: string }) => error,
      ),
    );
    for (const error of await Promise.all(answers)) {
      assert.equal(error?.code, ErrorCode.brokerHangs, error?.message);
      assert.match(error.message, new RegExp(`^The broker \\(pid ${broker}\\) has not answered for \\d+ s`));
    }
    process.kill(broker, 'SIGKILL');
    await agent.ended();
    assert.match(agent.stderr, /its broker is gone; start the agent again/);
    await until('its BPF objects are gone', () => areGone(bpf));
    assert.equal(await ground.fateOf(name), 'lives');
  });

  it('the broker: when it goes on after the end of its agent, it ends, with its objects', async () => {
    const bpf = await stopBroker();
    process.kill(agent.pid, 'SIGKILL');
    await agent.ended();
    assert.ok(isRunning(broker));
    process.kill(broker, 'SIGCONT');
    await until('the broker has ended', () => !isRunning(broker));
    await until('its BPF objects are gone', () => areGone(bpf));
    assert.equal(await ground.connectErrno(), null);
  });
});
