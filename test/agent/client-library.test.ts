/** `sockscope/client`, installed and imported as in a test suite. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import type * as Library from '../../agent/client/library';
import { agentStatus, listOutages, type SocketChange } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { installPackage } from '../helpers/consumer';
import { run, until } from '../helpers/programs';
import type { SocketInfo } from '../helpers/puppet';
import { ReconnectingClient } from '../helpers/reconnecting';
import { Stage, withoutRoot } from '../helpers/stage';
import { unusedCookie } from '../helpers/targets';

/** The client's pause before it connects again. */
const pauseMs = 30;

describe('sockscope/client', { skip: withoutRoot }, () => {
  let stage: Stage;
  let folder: string;
  let library: typeof Library;
  let listening: SocketInfo;
  let victim: ReconnectingClient;
  let bystander: ReconnectingClient;
  let filter: string;
  before(async () => {
    stage = new Stage();
    folder = installPackage(stage);
    library = createRequire(join(folder, 'index.js'))('sockscope/client');
    const server = await stage.puppet();
    listening = await server.listen('server', { family: 'ipv4', address: '127.0.0.1', backlog: 1000 });
    victim = await ReconnectingClient.start(stage, listening.local, [pauseMs, pauseMs]);
    bystander = await ReconnectingClient.start(stage, listening.local, [pauseMs, pauseMs]);
    filter = `pid:${victim.pid} remote:${listening.local[1]}`;
  });
  after(() => stage?.close());

  const consume = async (program: string, uid?: number) => {
    const user = uid === undefined ? stage.user : { uid, gid: uid };
    const command = [process.execPath, join(folder, program), filter];
    const { stdout, stderr } = await run(command, { user, netns: stage.netns });
    return stdout ? JSON.parse(stdout) : stderr;
  };

  it('its types import no other package', async () => {
    const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023', '--noEmit', '--strict'];
    const types = ['--types', 'node', '--typeRoots', resolve('node_modules', '@types')];
    const files = ['--ignoreConfig', join(folder, 'consumer.mts'), join(folder, 'consumer.cts')];
    const { code, stdout } = await run([
      resolve('node_modules', '.bin', 'tsc'),
      ...options,
      ...types,
      ...files,
    ]);
    assert.deepEqual([code, stdout], [0, '']);
  });

  it('without an agent, a plain user gets an error that says how to start one', async () => {
    const program = `${process.execPath} ${join(folder, 'node_modules', 'sockscope', 'dist', 'sockscope.js')}`;
    for (const consumer of ['consumer.mjs', 'consumer.cjs'])
      assert.deepEqual(await consume(consumer), {
        name: 'NoAgentError',
        code: 'noAgent',
        message: `No agent serves uid ${stage.user.uid}: start it with sudo ${program} agent serve`,
        classes: [true, true],
      });
  });

  it('without an agent, root gets a private one', async () => {
    const command = [process.execPath, join(folder, 'consumer.mjs'), filter];
    const { stdout, stderr } = await run(command, { netns: stage.netns });
    assert.deepEqual(JSON.parse(stdout || '{}').outcomes, ['destroyed'], `${stdout}${stderr}`);
  });

  describe('with an agent', () => {
    let agent: AgentProcess;
    let sockscope: Library.Sockscope;
    let client: Client;
    const scans = async () => (await client.request(agentStatus, {})).wholeScans;
    before(async () => {
      agent = await stage.agent();
      client = await agent.client();
      sockscope = await library.connect({ uid: stage.user.uid });
    });
    after(() => sockscope?.close());

    for (const program of ['consumer.mjs', 'consumer.cjs'])
      it(`${program}: list, destroy, wait for the reconnect`, async () => {
        const before = victim.connected;
        const { found, outcomes, back } = await consume(program);
        assert.deepEqual([found, outcomes], [1, ['destroyed']]);
        assert.equal(back.state, 'established');
        assert.equal(back.owners[0].pid, victim.pid);
        await until('its log says so', () => victim.connected > before);
        assert.equal(victim.connected, before + 1);
      });

    it('reports the agent that it is connected to', () => assert.equal(sockscope.info.mode, 'agent'));

    it("destroys listed sockets, with end: 'peer' at the other end", async () => {
      const lost = victim.log.length;
      const sockets = await sockscope.list(filter);
      assert.equal(sockets.length, 1);
      const [result] = await sockscope.destroy(sockets, { end: 'peer' });
      assert.equal(result?.outcome, 'destroyed');
      assert.deepEqual(result?.local.port, listening.local[1]);
      await sockscope.waitForReconnect(filter, { within: '60s' });
      const entry = await until('its log says so', () =>
        victim.log.slice(lost).find(({ what }) => what === 'lost'),
      );
      assert.equal(entry.errno, 'ECONNRESET');
    });

    it('drills, and yields events while the drill runs', async () => {
      const result = await sockscope.drill(filter, { times: 2, every: 0 });
      assert.deepEqual(
        result.rounds.map(({ verdict, destroyed }) => [verdict, destroyed]),
        [
          ['recovered', 1],
          ['recovered', 1],
        ],
      );
      assert.ok((result.summary.p50Ms ?? 0) >= pauseMs);

      const kinds: string[] = [];
      const events = sockscope.drillEvents(filter, { times: 1, fault: 'refused', down: 2000 });
      let next = await events.next();
      for (; !next.done; next = await events.next()) {
        kinds.push(next.value.kind);
        if (next.value.kind === 'attempt' && next.value.attempt.byOutage) kinds.push('by the outage');
      }
      assert.equal(next.value.rounds.length, 1);
      for (const kind of ['destroyed', 'held', 'by the outage', 'round'])
        assert.ok(kinds.includes(kind), `${kind} among ${kinds.join()}`);
    });

    it('ends a drill when its signal is aborted or its loop is left', async () => {
      const aborting = new AbortController();
      const long = { times: 100, every: '1m', signal: aborting.signal } as const;
      const drilled = sockscope.drill(filter, long);
      aborting.abort(new Error('enough'));
      await assert.rejects(drilled, /^Error: enough$/);
      for await (const { kind } of sockscope.drillEvents(filter, { times: 100, every: '1m' }))
        if (kind === 'round') break;
      await assert.rejects(sockscope.drill(filter, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    });

    it('ends an outage by stop(), by its signal, and when its time is over', async () => {
      const held = await sockscope.outage(filter, { for: '1m' });
      assert.equal(held.destroyed[0]?.outcome, 'destroyed');
      await until('a connect is refused', () => victim.log.at(-1)?.errno === 'ECONNREFUSED');
      const ended = await held.stop();
      assert.ok((ended?.connects ?? 0) >= 1);
      assert.equal(await held.stop(), ended, 'once');
      await sockscope.waitForReconnect(filter, { within: '60s' });

      const aborting = new AbortController();
      await sockscope.outage(filter, { for: '1m', signal: aborting.signal });
      aborting.abort();
      await sockscope.waitForReconnect(filter, { within: '60s' });

      const short = await sockscope.outage(filter, { for: 3000, fault: 'unreachable' });
      // On a busy machine it may be over before it has destroyed anything.
      if (short.destroyed[0]?.outcome === 'destroyed')
        await sockscope.waitForReconnect(filter, { within: '60s' });
      await until('it is over', async () => (await client.request(listOutages, {})).outages.length === 0);
      assert.equal(await short.stop(), null);

      const scoped = await sockscope.outage(filter, { for: '1m' });
      await scoped[Symbol.asyncDispose]();
      await sockscope.waitForReconnect(filter, { within: '60s' });
    });

    it('degrades until stop(), until its signal, and says what was measured', async () => {
      const lost = await sockscope.degrade(filter, { loss: 100, seed: 3, for: '1m' });
      assert.equal(lost.outage.filter, filter);
      await sockscope.destroy(filter);
      await until('a packet is lost', async () => {
        const { outages } = await client.request(listOutages, {});
        return outages.some(({ id, packets }) => id === lost.outage.id && packets > 0);
      });
      const { measured, cancelled } = await lost.stop();
      assert.ok(measured.both.seen > 0 && measured.both.percent === 100, JSON.stringify(measured));
      assert.equal(cancelled, true);
      assert.equal(await lost.stop(), await lost.result, 'once');
      await sockscope.waitForReconnect(filter, { within: '60s' });

      const aborting = new AbortController();
      const slow = await sockscope.degrade(filter, { rate: '100kB/s', for: '1m', signal: aborting.signal });
      await sockscope.destroy(filter);
      await sockscope.waitForReconnect(filter, { within: '60s' });
      aborting.abort();
      assert.equal((await slow.result).cancelled, true);

      const idle = await sockscope.degrade(filter, { halfOpen: true, for: '1m' });
      await assert.rejects(idle.stop(), { code: 'noEffect' });
    });

    it('waits for a new connection, at most for the given time', async () => {
      const waiting = sockscope.waitForReconnect(filter, { within: 300 });
      await assert.rejects(waiting, { name: 'SockscopeError', code: 'notReconnected' });
      const aborting = new AbortController();
      const aborted = sockscope.waitForReconnect(filter, { within: '1m', signal: aborting.signal });
      await sleep(50);
      aborting.abort();
      await assert.rejects(aborted, { name: 'AbortError' });
    });

    it('a destroy lists no other connections than those of its ports, and none of these is new afterwards', async () => {
      const [port, all] = [listening.local[1], `remote:${listening.local[1]}`];
      const before = await scans();
      const [socket] = await sockscope.list(filter);
      assert.ok(socket);
      await sockscope.destroy([socket]);
      assert.equal(await scans(), before);
      const back = await sockscope.waitForReconnect(all, { within: '60s' });
      assert.deepEqual([back.owners[0]?.pid, back.remote?.port], [victim.pid, port]);
      await assert.rejects(sockscope.waitForReconnect(`${all} pid:${bystander.pid}`, { within: 300 }), {
        code: 'notReconnected',
      });
    });

    it('a destroy by a filter scans once, and all sockets only where the filter needs that', async () => {
      const [port, all] = [listening.local[1], `remote:${listening.local[1]}`];
      const cookie = async () => (await sockscope.list(filter))[0]?.cookie;
      for (const [narrower, count] of [
        [async () => `cookie:${await cookie()},${unusedCookie}`, 1],
        [async () => `cookie:${await cookie()}`, 0],
        [() => filter, 0],
        [() => `pid:${victim.pid}`, 0],
      ] as const) {
        const text = await narrower();
        const before = await scans();
        const results = await sockscope.destroy(text);
        assert.deepEqual(
          results.map(({ outcome, remote }) => [outcome, remote?.port]),
          [['destroyed', port]],
        );
        assert.equal((await scans()) - before, count, text);
        const back = await sockscope.waitForReconnect(all, { within: '60s' });
        assert.equal(back.owners[0]?.pid, victim.pid, 'not the other one, which was connected before');
      }
    });

    it('what has other ports than what was destroyed is new from the call on', async () => {
      const server = await stage.puppet();
      const { local: to } = await server.listen('other', {
        family: 'ipv4',
        address: '127.0.0.1',
        backlog: 1000,
      });
      await server.connect('old', { family: 'ipv4', to });
      await sockscope.destroy(filter);
      const ofServer = `pid:${server.pid} remote:${to[1]}`;
      await assert.rejects(sockscope.waitForReconnect(ofServer, { within: 300 }), { code: 'notReconnected' });
      // It takes a while until the call has seen the old ones.
      const waiting = sockscope.waitForReconnect(ofServer, { within: '1m' });
      let found: string | null = null;
      const finding = waiting.then(({ cookie }) => {
        found = cookie;
      });
      const cookies = new Set<string>();
      for (let at = 0; found === null; at++) {
        await server.connect(`new ${at}`, { family: 'ipv4', to });
        cookies.add((await server.info(`new ${at}`)).cookie);
        await Promise.race([finding, sleep(100)]);
      }
      assert.ok(cookies.has(found));
      await sockscope.waitForReconnect(filter, { within: '60s' });
    });

    it('yields changes until the loop is left or aborted', async () => {
      const events = await sockscope.events(filter);
      await sockscope.destroy(filter);
      let [closed, back]: (SocketChange | null)[] = [null, null];
      for await (const change of events) {
        if (change.event === 'closed') closed = change;
        else if (change.socket.state === 'established') back = change;
        if (closed && back) break;
      }
      assert.equal(closed?.reason, 'destroyed-by-sockscope');

      const aborting = new AbortController();
      const silent = (await sockscope.events('pid:1 port:1', { signal: aborting.signal })).next();
      aborting.abort();
      await assert.rejects(silent, { name: 'AbortError' });
    });

    it('rejects mistakes with an error code', async () => {
      const code = (expected: string) => ({ name: 'SockscopeError', code: expected });
      await assert.rejects(sockscope.list('state:open'), code('invalidFilter'));
      await assert.rejects(sockscope.destroy('redis'), code('invalidFilter'));
      await assert.rejects(sockscope.drill('redis'), code('invalidFilter'));
      await assert.rejects(sockscope.drill(filter, { times: 0 }), code('invalidParams'));
      await assert.rejects(sockscope.outage(filter, { for: -1 }), code('invalidParams'));
      const both = { loss: 5, rate: '1MB/s', for: '1s' } as const;
      for (const wrong of [
        { for: '1s' },
        both,
        { rate: 'slow', for: '1s' },
        { loss: 101, for: '1s' },
      ] as const)
        await assert.rejects(sockscope.degrade(filter, wrong), code('invalidParams'));
    });

    it('hit no other connection', () => assert.equal(bystander.connected, 1));

    it('rejects with a code when the client is closed or its agent ends', async () => {
      const other = await library.connect({ uid: stage.user.uid });
      for (const [client, end] of [
        [other, () => other.close()],
        [sockscope, () => agent.stop()],
      ] as const) {
        const events = (await client.events(filter)).next();
        const rejected = assert.rejects(events, { code: 'lost' });
        await end();
        await rejected;
        await assert.rejects(client.list(), { code: 'lost' });
      }
    });
  });
});
