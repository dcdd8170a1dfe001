/** A broker that was stopped: each request ends with a sentence, and what was said to have no answer does not happen later. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker } from '../../agent/broker-link/broker';
import { monotonic } from '../../agent/broker-link/clock';
import { forkBroker } from '../../agent/broker-link/native';
import { listPage } from '../../agent/client/list-all';
import {
  agentDoctor,
  agentStatus,
  bindPort,
  destroyNext,
  destroySockets,
  ErrorCode,
  explainPort,
  inspectProcess,
  inspectSocket,
  listOutages,
  planDestroy,
  readAudit,
  rootGroup,
  runDrill,
  setView,
  signalProcess,
  startOutage,
  stopOutage,
  type Target,
  watchSockets,
} from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { auditLines } from '../helpers/audit';
import { caller } from '../helpers/caller';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { start, until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { Stage, withoutRoot } from '../helpers/stage';
import { targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('a stopped broker', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let peer: Puppet;
  let pairs: Record<'one' | 'two', Pair>;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', ['one', 'two']));
  });
  after(() => stage?.close());

  const assertUnharmed = async () => {
    for (const name of ['one', 'two']) await assertEchoes([peer, name], [server, name]);
  };

  /** Stops a process until the returned function is called, at the latest when the stage is closed. */
  function stop(pid: number): () => void {
    process.kill(pid, 'SIGSTOP');
    const go = () => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // it has ended
      }
    };
    stage.onClose(go);
    return go;
  }

  it('ends each kind of request with who does not answer, and all goes on afterwards', async () => {
    const agent = await stage.agent();
    const client = await agent.client();
    const broker = await agent.brokerPid();
    const target: Target = await targetByCookie(client, pairs.one.client);
    const { outage } = await client.request(startOutage, {
      filter: 'remote:9',
      fault: 'refused',
      forMs: 60_000,
      detach: false,
    });
    const id = { pid: peer.pid, startTime: startTimeOf(peer.pid) };
    const port = { port: pairs.one.server.local[1], protocol: 'tcp', netns: null } as const;
    const filter = `cookie:${target.cookie}`;
    const view = { view: 1, filter, show: 'everything', groupBy: 'port', open: { [rootGroup]: 9 } } as const;
    const rounds = {
      times: 1,
      everyMs: 1000,
      jitter: 0,
      waitMs: 1000,
      end: 'local',
      oneOfPool: false,
    } as const;
    const go = stop(broker);
    const requests = {
      list: listPage(client, { filter: '' }),
      plan: client.request(planDestroy, { targets: [target] }),
      destroy: client.request(destroySockets, { targets: [target] }),
      destroyNext: client.request(destroyNext, { filter, at: 'established', waitMs: 30_000 }),
      why: client.request(explainPort, port),
      bind: client.request(bindPort, port),
      signal: client.request(signalProcess, { ...id, signal: 'TERM', graceMs: 0 }),
      outage: client.request(startOutage, {
        filter: 'remote:10',
        fault: 'refused',
        forMs: 9000,
        detach: false,
      }),
      outages: client.request(listOutages, {}),
      stopOutage: client.request(stopOutage, { id: outage.id }),
      drill: client.request(runDrill, { drill: 1, filter, ...rounds, hold: null }),
      inspect: client.request(inspectSocket, { target }),
      process: client.request(inspectProcess, id),
      view: client.request(setView, { ...view, workspace: { roots: [], folders: [] } }),
      watch: client.request(watchSockets, { filter }),
      log: client.request(readAudit, { since: 0 }),
    };
    const examined = client.request(agentDoctor, {});
    const answers = Object.entries(requests).map(async ([name, request]) => {
      const error = await Promise.resolve(request).then(
        () => null,
        (error: { code: number; message: string }) => error,
      );
      return [
        name,
        error?.code,
        error?.message.startsWith(`The broker (pid ${broker}) has not answered for`),
      ];
    });
    assert.ok(((await client.request(agentStatus, {})).brokerSilentMs ?? 0) > 0);
    const found = await Promise.all(answers);
    assert.deepEqual(
      found,
      Object.keys(requests).map((name) => [name, ErrorCode.brokerHangs, true]),
    );
    const finding = (await examined).checks.find(({ name }) => name === 'namespaces');
    assert.deepEqual(
      [finding?.ok, finding?.detail.startsWith(`The broker (pid ${broker}) has not`)],
      [false, true],
    );
    go();
    await until('it answers again', async () => (await client.request(agentStatus, {})).brokerSilentMs === 0);
    await agent.prints(/The broker \(pid \d+\) answers again: a client was told that it did not/);
    await assertUnharmed();
    assert.ok(peer.lives);
    assert.ok((await listPage(client, { filter })).sockets.length === 1);
    const running = async () => (await client.request(listOutages, {})).outages.map(({ id }) => id);
    assert.deepEqual(await running(), [outage.id], 'the one whose end failed, and no other');
    await client.request(stopOutage, { id: outage.id });
    assert.deepEqual(await running(), []);
    await agent.stop();
  });

  it('does not do later what it was asked for', async () => {
    const since = new Date();
    const brokers = [0, 1, 2].map(() => {
      const broker = new Broker(forkBroker(stage.user.uid, false), 'command');
      stage.onClose(() => broker.close());
      return broker;
    });
    const [destroys, signals, outages] = brokers as [Broker, Broker, Broker];
    const sockets = socketsOf(await destroys.list());
    const record = sockets.find((each) => each.record.cookie === pairs.one.client.cookie)?.record;
    assert.ok(record);
    await Promise.all(brokers.map((broker) => broker.features()));
    const victim = start(['sleep', '600'], { user: stage.user }, {});
    const { pid = 0 } = victim;
    stage.onClose(() => victim.kill('SIGKILL'));
    await once(victim, 'spawn');
    const go = brokers.map(({ pid }) => stop(pid));
    const hangs = (request: Promise<unknown>) =>
      assert.rejects(request, /has not answered for \d+ s.*, end this command, and the broker with kill -9/);
    await Promise.all([
      hangs(destroys.destroy(caller, 'auto', [record])),
      hangs(signals.signal(caller, { pid, startTime: startTimeOf(pid) }, 'KILL')),
      hangs(
        outages.setOutage(caller, 0, {
          fault: 'refused',
          expiresAt: monotonic() + 60_000,
          holdMs: null,
          netns: stage.netns.inode,
          uid: stage.user.uid,
          subordinates: [],
          protocol: 'tcp',
          address: null,
          port: null,
          pids: null,
          cookies: [],
          loss: null,
        }),
      ),
    ]);
    for (const each of go) each();
    for (const broker of brokers)
      await until('it answers again', async () => (await broker.silentMs()) === 0);
    await sleep(200);
    await assertUnharmed();
    assert.equal(victim.exitCode ?? victim.signalCode, null);
    assert.equal(
      await peer.connectErrno('new', { family: 'ipv4', to: (await server.info('listener')).local }),
      null,
    );
    assert.deepEqual(auditLines(stage.user.uid, since), []);
    for (const broker of brokers) broker.close();
  });

  it('is left by an agent that is stopped, and destroys nothing when it continues', async () => {
    const agent = await stage.agent();
    const broker = await agent.brokerPid();
    const client = await agent.client();
    const target = await targetByCookie(client, pairs.one.client);
    const go = stop(broker);
    const request = client.request(destroySockets, { targets: [target] }).catch(() => {});
    const { code, stderr } = await stage.sockscope(['agent', 'stop']);
    assert.equal(code, 0, stderr);
    assert.equal(await agent.ended(), 0);
    await request;
    go();
    await until('the broker has ended', () => startTimeOf(broker) === '0');
    await assertUnharmed();
  });
});
