/** The history of connections: what opened, failed to open and ended while somebody keeps it. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HistoryPage, PastConnection } from '../../agent/protocol';
import { keepHistory, listHistory, releaseHistory } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks, heldTracepoints } from '../helpers/bpf-objects';
import type { Netns } from '../helpers/netns';
import { connectAll, type Place, places } from '../helpers/pairs';
import { run, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { WatchCommand } from '../helpers/watching';

const [ipv4] = places as [Place];
const here = '127.0.0.1';

/** Connects that are refused, one after the other. */
const churn = (count: number) => `
import socket
for _ in range(${count}):
    one = socket.socket()
    one.connect_ex(("127.0.0.1", 1))
    one.close()
`;

/** Connections that last for less than a millisecond. */
const short = (port: number) => `
import socket
server = socket.create_server(("127.0.0.1", ${port}))
for _ in range(20):
    one = socket.create_connection(("127.0.0.1", ${port}))
    other, _ = server.accept()
    one.close()
    other.close()
`;

describe('history', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let there: Netns;
  let client: Puppet;
  let server: Puppet;
  let brokerPid: number;
  before(async () => {
    stage = new Stage();
    there = stage.makeNetns('b');
    stage.netns.join(there);
    agent = await stage.agent();
    client = await stage.puppet();
    server = await stage.puppet();
    brokerPid = await agent.brokerPid();
  });
  after(() => stage?.close());

  const attached = () => heldTracepoints(brokerPid).length + heldHooks(brokerPid).length;

  type History = HistoryPage & { readonly connections: readonly PastConnection[] };
  async function history(...words: string[]): Promise<History> {
    const { code, json, stderr } = await stage.sockscope(['history', ...words, '--json']);
    assert.equal(code, 0, stderr);
    return json as History;
  }

  /** Waits for what the kernel does later than the call that led to it. */
  function ended(cookie: string): Promise<PastConnection> {
    return until(`${cookie} has ended`, async () => {
      const [one] = (await history(`cookie:${cookie}`)).connections;
      return one && one.event !== 'opened' ? one : null;
    });
  }

  it('nobody keeps one: exit 1 with what to do, and nothing is attached', async () => {
    const { code, stderr, stdout } = await stage.sockscope(['history']);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^sockscope: No history is kept.*: sockscope history --watch/);
    assert.equal(attached(), 0);
  });

  it('without an agent: exit 3', async () => {
    const { code, stderr } = await stage.sockscope(['history'], { user: stranger });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /A history of connections needs the agent: start it with sudo/);
  });

  describe('that is kept', () => {
    let keeper: WatchCommand;
    before(async () => {
      keeper = await WatchCommand.start(stage, [], {}, 'history');
    });

    for (const place of places)
      it(`${place.family}: has connections that open and end, with bytes, times and both ends`, async () => {
        const name = `talk ${place.family}`;
        const { pairs } = await connectAll(server, client, place, `l ${name}`, [name]);
        const pair = pairs[name];
        assert.ok(pair);
        await client.send(name, 'x'.repeat(1000));
        assert.equal((await server.receive(name)).text.length, 1000);
        await server.send(name, 'y'.repeat(70));
        assert.equal((await client.receive(name)).text.length, 70);
        const [open] = (await history(`cookie:${pair.client.cookie}`)).connections;
        assert.deepEqual(
          [open?.event, open?.direction, open?.sentBytes, open?.durationMs, open?.reason, open?.process?.pid],
          ['opened', 'out', null, null, null, client.pid],
        );
        const [taken] = (await history(`cookie:${pair.server.cookie}`)).connections;
        assert.deepEqual(
          [taken?.direction, taken?.process?.pid, taken?.peer?.pid],
          ['in', server.pid, client.pid],
        );
        assert.deepEqual([open?.local.port, open?.remote.port], [pair.client.local[1], pair.server.local[1]]);
        await client.close(name);
        assert.equal((await server.receive(name)).text, '');
        await server.close(name);
        const near = await ended(pair.client.cookie);
        const far = await ended(pair.server.cookie);
        const facts = (one: PastConnection) => [
          one.event,
          one.direction,
          one.process?.pid,
          one.peer?.pid,
          one.sentBytes,
          one.receivedBytes,
          one.reason,
        ];
        assert.deepEqual(facts(near), ['ended', 'out', client.pid, server.pid, 1000, 70, 'closed']);
        assert.deepEqual(facts(far), ['ended', 'in', server.pid, client.pid, 70, 1000, 'closed-by-peer']);
        assert.equal(near.id, open?.id);
        assert.equal(near.process?.name, 'python3');
        assert.ok((near.connectMs ?? 0) > 0 && (near.durationMs ?? 0) > 0 && far.connectMs === null);
        const by = await history(`addr:${pair.server.local[1]}`, 'ended');
        assert.deepEqual(by.connections.length, 2);
      });

    it('says of each connect that failed why, and whose it was', async () => {
      stage.netns.sysctl('net.ipv4.tcp_syn_retries', 1);
      // A neighbour that does not answer is given up before the connect is.
      stage.netns.sysctl('net.ipv4.neigh.cable.retrans_time_ms', 100);
      const family = 'ipv4';
      await run(['ip', 'route', 'add', 'blackhole', '10.77.0.1/32'], { netns: there });
      assert.equal(await client.connectErrno('none', { family, to: [here, 1] }), 'ECONNREFUSED');
      assert.equal(await client.connectErrno('no route', { family, to: ['192.0.2.1', 80] }), 'ENETUNREACH');
      await client.close('no route');
      await client.connect('silent', { family, to: ['10.77.0.2', 81], wait: false });
      await client.connect('nobody', { family, to: ['10.77.0.99', 82], wait: false });
      await client.connect('left', { family, to: ['10.77.0.2', 83], wait: false });
      await client.close('left');
      const failed = await until('all have failed', async () => {
        const { connections } = await history(`pid:${client.pid}`, 'failed');
        return connections.length >= 5 ? connections : null;
      });
      const byPort = new Map(failed.map((one) => [one.remote.port, one]));
      const told = [1, 80, 81, 82, 83].map((port) => [byPort.get(port)?.reason, byPort.get(port)?.errno]);
      assert.deepEqual(told, [
        ['refused', 'ECONNREFUSED'],
        ['not-sent', null],
        ['timed-out', 'ETIMEDOUT'],
        ['unreachable', 'EHOSTUNREACH'],
        ['given-up', null],
      ]);
      assert.equal(byPort.get(80)?.remote.address, '192.0.2.1');
      assert.equal(byPort.get(80)?.connectMs, null, 'when it failed within the call is not known');
      assert.ok((byPort.get(81)?.connectMs ?? 0) > 900);
      assert.ok(
        failed.every(({ process, durationMs }) => process?.pid === client.pid && durationMs === null),
      );
    });

    it('says how connections ended: destroyed, reset, with their process', async () => {
      const doomed = await stage.puppet();
      const listener = await server.listen('ends', { family: 'ipv4', address: here });
      const cookies: Record<string, string> = {};
      for (const [name, puppet] of [
        ['destroyed', client],
        ['reset', client],
        ['exited', doomed],
      ] as const) {
        cookies[name] = (await puppet.connect(name, { family: 'ipv4', to: listener.local })).cookie;
        await server.accept(name, 'ends');
      }
      const destroy = await stage.sockscope(['destroy', `cookie:${cookies.destroyed}`, '--yes']);
      assert.equal(destroy.code, 0, destroy.stderr);
      await server.reset('reset');
      await doomed.stop();
      const reasons: unknown[] = [];
      for (const name of ['destroyed', 'reset', 'exited'])
        reasons.push((await ended(cookies[name] ?? '')).reason);
      assert.deepEqual(reasons, ['destroyed-by-sockscope', 'reset-by-peer', 'process-exited']);
    });

    it('has a connection that was open before, with what is known of its end', async () => {
      await keeper.stop();
      await until('it is not kept', () => attached() === 0);
      const { pairs } = await connectAll(server, client, ipv4, 'l older', ['older']);
      keeper = await WatchCommand.start(stage, [], {}, 'history');
      await client.close('older');
      await server.close('older');
      const { event, direction, process, durationMs, reason } = await ended(pairs.older.client.cookie);
      assert.deepEqual(
        [event, direction, process?.pid, durationMs, reason],
        ['ended', null, client.pid, null, 'closed'],
      );
    });

    it('has what was about to open or to end before: who connected it, who closed it first', async () => {
      await keeper.stop();
      await until('it is not kept', () => attached() === 0);
      const { pairs } = await connectAll(server, client, ipv4, 'l half', ['half']);
      await server.close('half');
      assert.equal((await client.receive('half')).text, '');
      await client.connect('flying', { family: 'ipv4', to: ['10.77.0.2', 84], wait: false });
      keeper = await WatchCommand.start(stage, [], {}, 'history');
      await client.close('flying');
      await client.close('half');
      const half = await ended(pairs.half.client.cookie);
      assert.deepEqual([half.event, half.direction, half.reason], ['ended', null, 'closed-by-peer']);
      const [flying] = (await history('remote:84')).connections;
      assert.deepEqual(
        [flying?.event, flying?.direction, flying?.connectMs, flying?.reason],
        ['failed', 'out', null, 'given-up'],
      );
    });

    it('has connections of less than a millisecond', async () => {
      const port = 12_610;
      const program = [python, '-c', short(port)];
      const { code, stderr } = await run(program, { user: stage.user, netns: stage.netns });
      assert.equal(code, 0, stderr);
      const connections = await until('all have ended', async () => {
        const { connections } = await history(`remote:${port}`, 'ended');
        return connections.length === 20 ? connections : null;
      });
      assert.ok(connections.some(({ durationMs }) => durationMs !== null && durationMs < 1));
    });

    it("shows nothing of another user's", async () => {
      const theirs = await stage.puppet({ user: stranger });
      assert.equal(await theirs.connectErrno('theirs', { family: 'ipv4', to: [here, 1] }), 'ECONNREFUSED');
      assert.deepEqual((await history(`pid:${theirs.pid}`)).connections, []);
      assert.ok((await history()).connections.every(({ uid }) => uid === stage.user.uid));
    });

    it('prints them in a table, with since when it is complete', async () => {
      await client.connectErrno('in the table', { family: 'ipv4', to: [here, 1] });
      const { stdout, stderr } = await stage.sockscope(['history', 'refused', '--since', '10m']);
      assert.match(stdout, /^TIME +EVENT +PROCESS +CONNECTION +PEER +TOOK +BYTES +REASON\n/);
      assert.match(stdout, /failed +python3\/\d+ .*-> 127\.0\.0\.1:1 .* refused \(ECONNREFUSED\)$/m);
      assert.match(stderr, /Complete since \d{4}-.*, when keeping began\./);
      const none = await stage.sockscope(['history', ':9', '--since', '10m']);
      assert.deepEqual([none.code, none.stdout], [0, '']);
      assert.match(none.stderr, /Nothing matches/);
    });

    it('the watch has printed them as they happened', async () => {
      await client.connectErrno('printed', { family: 'ipv4', to: [here, 1] });
      await until('it is printed', () =>
        keeper.lines.some((line) =>
          /failed python3\/\d+ 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:1 after .*: refused/.test(line),
        ),
      );
    });

    it('ends with the last who keeps it', async () => {
      assert.ok(attached() > 0);
      keeper.signal('SIGINT');
      assert.equal(await keeper.ended(), 0);
      await until('it is detached', () => attached() === 0);
      assert.equal((await stage.sockscope(['history'])).code, 1);
    });
  });

  it('is bounded, and says what is missing', async () => {
    const keeper = await agent.client();
    await keeper.request(keepHistory, {});
    const many = 24_000;
    const { code } = await run([python, '-c', churn(many)], { user: stage.user, netns: stage.netns });
    assert.equal(code, 0);
    const { connections, dropped, lost, keptSince, completeSince } = await history();
    assert.equal(connections.length + dropped + lost, many);
    assert.ok(connections.length <= 20_000 && dropped + lost > 0);
    assert.ok((completeSince ?? '') > (keptSince ?? ''));
    const page = await keeper.request(listHistory, { filter: '' });
    assert.deepEqual([page.connections.length, page.more], [1000, true]);
    await keeper.request(releaseHistory, {});
    assert.equal((await keeper.request(listHistory, { filter: '' })).keptSince, null);
    keeper.close();
  });
});
