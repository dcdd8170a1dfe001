/** An outage applies to its targets alone, and is over in time whatever ends or stops. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import {
  agreedTo,
  ErrorCode,
  listOutages,
  type OutageParams,
  startOutage,
  stopOutage,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks } from '../helpers/bpf-objects';
import { connectErrno, forLongMs, holdDown } from '../helpers/outages';
import { connectAll, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { type Address, assertEchoes, type Puppet } from '../helpers/puppet';
import { unusedCookie } from '../helpers/sockets';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

let stage: Stage;
let agent: AgentProcess;
let client: Client;
let server: Puppet;
let program: Puppet;

// One stage for all suites of this file.
before(() => {
  if (!withoutRoot) stage = new Stage();
});
after(() => stage?.close());

/** Each test has a new agent, a server and a program. */
function useNewAgents(): void {
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    server = await stage.puppet();
    program = await stage.puppet();
  });
  afterEach(async () => {
    for (const puppet of [program, server]) await puppet.stop();
    await agent.stop();
  });
}

const hold = (filter: string, more?: Partial<OutageParams>) => holdDown(client, filter, more);

function isUpAgain(to: Address): Promise<unknown> {
  return until('connects work again', async () => (await connectErrno(program, to)) === null);
}

describe('the targets of an outage', { skip: withoutRoot }, () => {
  useNewAgents();

  it('applies to the named process alone, or to one connection', async () => {
    const twin = await stage.puppet();
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim', 'another']);
    const byPid = await hold(`pid:${program.pid} remote:${listening.local[1]}`);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    assert.equal(await connectErrno(twin, listening.local), null);
    await client.request(stopOutage, { id: byPid.outage.id });

    const { pairs } = await connectAll(server, program, ipv4, 'second', ['one', 'two']);
    const byCookie = await hold(`cookie:${pairs.one.client.cookie}`);
    assert.equal(byCookie.destroyed.length, 1);
    await assertEchoes([program, 'two'], [server, 'two']);
    assert.equal(await connectErrno(program, pairs.one.client.remote ?? ['', 0]), 'ECONNREFUSED');
    assert.equal(await connectErrno(twin, pairs.one.client.remote ?? ['', 0]), null);
    assert.equal(await connectErrno(program, listening.local), null);
  });

  it('are those that its user has agreed to, also after a reconnect, or nothing is done', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['asked', 'closed']);
    const filter = `port:${listening.local[1]}`;
    const matching = async () => (await listAll(client, filter)).sockets.filter(({ remote }) => remote);
    const agreed = agreedTo(await matching());
    const later = await stage.puppet();
    await later.connect('since', { family: 'ipv4', to: listening.local, bind: ['127.0.0.2', 0] });
    await server.accept('since', 'held');
    await assert.rejects(hold(filter, { agreed }), {
      code: ErrorCode.changed,
      message: /^Nothing was done, .*: 1 of 3 connections were not in it$/,
    });
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    await assertEchoes([program, 'asked'], [server, 'asked']);
    await later.close('since');
    await server.close('since');
    for (const end of [program, server]) await end.close('closed');
    await program.connect('again', { family: 'ipv4', to: listening.local });
    await server.accept('again', 'held');
    await until('what has ended is not listed', async () => (await matching()).length === 2);
    const { destroyed } = await hold(filter, { agreed });
    assert.deepEqual(
      destroyed.map(({ outcome }) => outcome),
      ['destroyed', 'destroyed'],
    );
  });

  it('does not apply to another user or another namespace', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const theirs = await stage.puppet({ user: stranger });
    const elsewhere = stage.makeNetns('b');
    const there = await stage.puppet({ netns: elsewhere });
    const thatServer = await stage.puppet({ netns: elsewhere });
    const { local } = await thatServer.listen('same port', {
      family: 'ipv4',
      address: '127.0.0.1',
      port: listening.local[1],
    });
    // As the user: this test runs as root, whose scope is everything.
    const words = [`remote:${listening.local[1]}`, '--for', '60s', '--detach', '--yes'];
    const held = await stage.sockscope(['outage', ...words]);
    assert.equal(held.code, 0, held.stderr);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    assert.equal(await connectErrno(theirs, listening.local), null);
    assert.equal(await connectErrno(there, local), null);
  });

  it('does not apply to a process that has another user’s uid as well', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const asBoth = ['setpriv', `--ruid=${stage.user.uid}`, '--clear-groups', '--', python];
    const mixed = await stage.victim([...asBoth, join(stage.folder, 'puppet.py')], { user: undefined });
    const words = [`remote:${listening.local[1]}`, '--for', '60s', '--detach', '--yes'];
    const held = await stage.sockscope(['outage', ...words]);
    assert.equal(held.code, 0, held.stderr);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    assert.equal(await connectErrno(mixed, listening.local), null);
    await mixed.stop();
  });

  it('applies to the subordinate uids of a user’s containers, also of a second range', async () => {
    const first = 1_000_000_000 + 10 * stage.user.uid;
    for (const last of [first + 1, first + 5])
      execFileSync('usermod', ['--add-subuids', `${last - 1}-${last}`, stage.user.name]);
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const uids = readFileSync('/etc/subuid', 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith(`${stage.user.name}:`) ? [Number(line.split(':')[1])] : []));
    assert.ok(uids.length > 1);
    const insides = await Promise.all(uids.map((uid) => stage.puppet({ user: { uid, gid: uid } })));
    const outside = await stage.puppet({ user: { uid: first + 3, gid: first + 3 } });
    const held = await stage.sockscope([
      ...['outage', `remote:${listening.local[1]}`, '--for', '60s', '--detach', '--yes'],
    ]);
    assert.equal(held.code, 0, held.stderr);
    for (const inside of insides) assert.equal(await connectErrno(inside, listening.local), 'ECONNREFUSED');
    assert.equal(await connectErrno(outside, listening.local), null);
  });

  it('is refused for another user’s process, and for one that does not exist', async () => {
    const theirs = await stage.puppet({ user: stranger });
    for (const pid of [theirs.pid, 4_000_000]) {
      const { code, stderr } = await stage.sockscope([
        ...['outage', `pid:${pid}`, '--for', '60s', '--detach', '--yes'],
      ]);
      assert.notEqual(code, 0);
      assert.match(stderr, /None of these processes/);
    }
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
  });

  it('holds down loopback for a filter without an address', async () => {
    for (const { family, loopback } of places) {
      const { listening } = await connectAll(server, program, { family, loopback }, family, ['victim']);
      const port = listening.local[1];
      const anywhere = family === 'ipv4' ? '0.0.0.0' : '::';
      assert.equal(await connectErrno(program, [anywhere, port], family), null);
      await hold(family === 'ipv4' ? `remote:${loopback}:${port}` : `remote:[${loopback}]:${port}`);
      assert.equal(await connectErrno(program, [anywhere, port], family), 'ECONNREFUSED');
    }
  });

  it('applies to the processes that are connected to a server, if that is named by its port', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    await hold(`:${listening.local[1]}`);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    const twin = await stage.puppet();
    assert.equal(await connectErrno(twin, listening.local), null);
  });

  it('with user: applies only to that user’s processes', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const theirs = await stage.puppet({ user: stranger });
    await theirs.connect('theirs', { family: 'ipv4', to: listening.local });
    const everybody = await (await stage.agent(['--scope', 'all'], stranger)).client();
    await holdDown(everybody, `remote:${listening.local[1]} user:${stranger.uid}`);
    assert.equal(await connectErrno(theirs, listening.local), 'ECONNREFUSED');
    assert.equal(await connectErrno(program, listening.local), null);
  });
});

describe('the end of an outage', { skip: withoutRoot }, () => {
  useNewAgents();

  it('does not start when its client disconnects before', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const other = await agent.client();
    const params = {
      filter: `remote:${listening.local[1]}`,
      fault: 'refused',
      forMs: forLongMs,
      detach: false,
    };
    void other.request(startOutage, params as OutageParams).catch(() => {});
    await sleep(1); // the request is out
    other.close();
    await client.request(startOutage, { ...params, filter: 'remote:9' } as OutageParams);
    await isUpAgain(listening.local);
    assert.deepEqual(
      (await client.request(listOutages, {})).outages.map(({ filter }) => filter),
      ['remote:9'],
    );
  });

  for (const victim of ['agent', 'broker'] as const)
    it(`ends in time while the ${victim} is stopped`, async () => {
      const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
      const pid = victim === 'agent' ? agent.pid : await agent.brokerPid();
      await hold(`remote:${listening.local[1]}`, { forMs: victim === 'agent' ? 10_000 : forLongMs });
      assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
      process.kill(pid, 'SIGSTOP');
      try {
        await isUpAgain(listening.local);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    });

  it('a blackhole does not drop packets of the outage before it', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const first = await hold(`remote:${listening.local[1]}`, { fault: 'blackhole' });
    await client.request(stopOutage, { id: first.outage.id });
    const twin = await stage.puppet();
    const second = await hold(`remote:${listening.local[1]} pid:${twin.pid}`, { fault: 'blackhole' });
    await assertEchoes([program, 'victim'], [server, 'victim']);
    const { outage } = await client.request(stopOutage, { id: second.outage.id });
    assert.equal(outage.packets, 0);
  });

  it('spares session carriers', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const sshd = join(stage.folder, 'sshd');
    copyFileSync(python, sshd);
    const carrier = await stage.puppet({}, sshd);
    const { outage } = await hold(`remote:${listening.local[1]}`);
    assert.equal(await connectErrno(carrier, listening.local), null);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    await client.request(stopOutage, { id: outage.id });
    const own = await carrier.listen('sessions', { family: 'ipv4', address: '127.0.0.1' });
    for (const filter of [`remote:${own.local[1]}`, `remote:127.0.0.1:${own.local[1]}`])
      await assert.rejects(hold(filter), /carries sessions/);
    await hold(`remote:10.99.0.1:${own.local[1]}`);
    await hold(`pid:${program.pid} remote:${own.local[1]}`);
  });

  it('ends by itself after its time, and its hooks with it', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const broker = await agent.brokerPid();
    await hold(`remote:${listening.local[1]}`, { forMs: 10_000 });
    assert.ok(heldHooks(broker).length >= 4);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    await isUpAgain(listening.local);
    await until('the hooks are closed', () => heldHooks(broker).length === 0);
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
  });

  it('destroys nothing once it is over', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['spared']);
    // A list takes longer than that.
    const { destroyed } = await hold(`remote:${listening.local[1]}`, { forMs: 1 });
    assert.deepEqual(
      destroyed.map(({ outcome, engine }) => [outcome, engine]),
      [['failed', null]],
    );
    assert.match(
      destroyed[0]?.message ?? '',
      /was left alone: what it was to be destroyed for, .* was over before/,
    );
    await assertEchoes([program, 'spared'], [server, 'spared']);
  });

  it('detached, it keeps an agent without clients running', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    await agent.stop();
    agent = await stage.agent(['--idle-exit', '5s']);
    client = await agent.client();
    await hold(`remote:${listening.local[1]}`, { forMs: 20_000, detach: true });
    client.close();
    await sleep(6000);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    assert.equal(await agent.ended(), 0);
    assert.equal(await connectErrno(program, listening.local), null);
  });

  it('ends with the connection of its client, unless it is detached', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const { listening: second } = await connectAll(server, program, ipv4, 'second', ['other']);
    const other = await agent.client();
    await other.request(startOutage, {
      filter: `remote:${listening.local[1]}`,
      fault: 'refused',
      forMs: forLongMs,
      detach: false,
    });
    const detached = await other.request(startOutage, {
      filter: `remote:${second.local[1]}`,
      fault: 'refused',
      forMs: forLongMs,
      detach: true,
    });
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    other.close();
    await isUpAgain(listening.local);
    assert.equal(await connectErrno(program, second.local), 'ECONNREFUSED');
    const { outages } = await client.request(listOutages, {});
    assert.deepEqual(
      outages.map(({ id, detached }) => [id, detached]),
      [[detached.outage.id, true]],
    );
  });

  for (const victim of ['agent', 'broker'] as const)
    it(`does not survive kill -9 of the ${victim}`, async () => {
      const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
      const broker = await agent.brokerPid();
      await hold(`remote:${listening.local[1]}`, { detach: true });
      assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
      process.kill(victim === 'agent' ? agent.pid : broker, 'SIGKILL');
      await isUpAgain(listening.local);
    });

  it('does not survive kill -9 of the broker while a walker is stalled in the kernel', async () => {
    const staller = await stage.victim([python, `${stage.folder}/stall.py`], { user: undefined });
    const { listening, pairs } = await connectAll(server, program, ipv4, 'held', ['victim', 'target']);
    await connectAll(server, staller, ipv4, 'for the stalled', ['stalled']);
    await hold(`remote:${listening.local[1]} pid:${program.pid}`, { detach: true });
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    await staller.command('stall', { name: 'stalled' });
    const { outage } = await client.request(startOutage, {
      filter: `cookie:${(await connectAll(server, program, ipv4, 'late', ['late'])).pairs.late.client.cookie}`,
      fault: 'denied',
      forMs: 60_000,
      detach: true,
    });
    assert.ok(pairs.target && outage.id > 0);
    process.kill(await agent.brokerPid(), 'SIGKILL');
    await isUpAgain(listening.local);
    await staller.command('serve');
    await staller.stop();
  });
});

describe('the requests for outages', { skip: withoutRoot }, () => {
  useNewAgents();

  it('is refused without a remote or a process, without a match, and with too many remotes', async () => {
    const refusals = [
      ['state:established', ErrorCode.invalidFilter],
      ['-pid:1', ErrorCode.invalidFilter],
      [`cookie:${unusedCookie}`, ErrorCode.notFound],
      ['remote:5432 remote:10.0.0.5', ErrorCode.invalidFilter],
      ['remote:5432 net:1,2', ErrorCode.invalidFilter],
      ['remote:5432 proto:mptcp', ErrorCode.invalidFilter],
    ] as const;
    for (const [filter, code] of refusals)
      await assert.rejects(hold(filter), (error: { code: number }) => error.code === code, filter);
    const many = Array.from({ length: 17 }, (_, index) => 20_000 + index)
      .join(',remote:')
      .split(',');
    await assert.rejects(
      hold(`remote:${many.map((one) => one.replace('remote:', '')).join(',')}`),
      ({ code }: { code: number }) => code === ErrorCode.busy,
    );
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    await assert.rejects(
      client.request(stopOutage, { id: 4711 }),
      ({ code }: { code: number }) => code === ErrorCode.notFound,
    );
  });

  it('is started, listed and stopped by the command line', async () => {
    const { listening } = await connectAll(server, program, ipv4, 'held', ['victim']);
    const filter = `remote:${listening.local[1]}`;
    const detached = await stage.sockscope(['outage', filter, '--for', '60s', '--detach', '--yes', '--json']);
    assert.equal(detached.code, 0, detached.stderr);
    assert.equal(await connectErrno(program, listening.local), 'ECONNREFUSED');
    const listed = await stage.sockscope(['outage', 'list', '--json']);
    assert.deepEqual(
      [listed.json.outages.length, listed.json.outages[0].connects, listed.json.outages[0].filter],
      [1, 1, filter],
    );
    const stopped = await stage.sockscope(['outage', 'stop', String(listed.json.outages[0].id)]);
    assert.match(stopped.stdout, /1 connects failed/);
    assert.equal(await connectErrno(program, listening.local), null);

    const waited = await stage.sockscope(['outage', filter, '--for', '300ms', '--yes']);
    assert.equal(waited.code, 0, waited.stderr);
    assert.match(waited.stdout, /is over/);
    for (const words of [
      [filter, '--yes'],
      [filter, '--for', 'long', '--yes'],
      [filter, '--for', '1s', '--fault', 'refuse', '--yes'],
      [filter, '--for', '1s'],
      ['stop'],
      ['stop', 'x'],
    ])
      assert.equal((await stage.sockscope(['outage', ...words])).code, 2, words.join(' '));
  });
});
