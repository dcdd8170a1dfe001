/** Requests for some sockets: they find what a scan of all sockets finds, and make none. A counter shows it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import {
  agentStatus,
  explainPort,
  inspectSocket,
  planDestroy,
  type Socket,
  type Target,
} from '../../agent/protocol';
import { closeFirst, connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { type ListedSocket, socketsOf } from '../helpers/rows';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, targetByCookie, unusedCookie } from '../helpers/targets';

const [ipv4, ipv6] = places as [Place, Place];
const names = ['one', 'two'] as const;

type Case = readonly [filter: string, matches: (socket: Socket) => boolean];

describe('requests for some sockets', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let server: Puppet;
  let peer: Puppet;
  let pairs: Record<(typeof names)[number], Pair>;
  let six: Pair;
  let waiting: Pair;
  const bound = 13_000;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', names));
    six = (await connectAll(server, peer, ipv6, 'listener6', ['six'])).pairs.six;
    // A socket that is bound only, and UDP.
    await server.bind('bound', { family: 'ipv4', address: '127.0.0.1', port: bound });
    await server.bind('udp', { family: 'ipv4', protocol: 'udp', address: '127.0.0.1', port: bound + 1 });
  });
  // The server closes first and keeps the time-wait, which ends after a minute: no test has that of another one.
  beforeEach(async () => {
    const { local: to } = await server.info('listener');
    const near = await peer.connect('waiting', { family: 'ipv4', to });
    waiting = { client: near, server: await server.accept('waiting', 'listener') };
    await closeFirst(server, peer, 'waiting');
  });
  afterEach(async () => {
    const { sockets } = await listAll(client, `cookie:${waiting.server.cookie}`);
    for (const left of sockets) await destroyOne(client, left);
  });
  after(() => stage?.close());

  const textOf = (socket: Socket) => JSON.stringify(socket);
  const scans = async () => (await client.request(agentStatus, {})).wholeScans;

  /** A filter, and what it selects of `all`, without a scan of everything. */
  async function assertSelected(all: readonly Socket[], cases: readonly Case[]): Promise<void> {
    for (const [filter, matches] of cases) {
      const before = await scans();
      const { sockets, namespaces } = await listAll(client, filter);
      assert.deepEqual(sockets.map(textOf).sort(), all.filter(matches).map(textOf).sort(), filter);
      assert.ok(namespaces.some(({ netns }) => netns === stage.netns.inode));
      assert.equal((await scans()) - before, 0, filter);
    }
  }

  async function assertScans(name: string, filters: readonly string[], count: number): Promise<void> {
    for (const filter of filters) {
      const before = await scans();
      const { sockets } = await listAll(client, filter);
      assert.ok(
        sockets.some(({ state, peer }) => state === 'syn-sent' && !peer),
        name,
      );
      assert.equal((await scans()) - before, count, `${name} ${filter}`);
    }
  }

  /** The sockets of the stage, as one line each. */
  function linesOf(sockets: readonly ListedSocket[], ports?: readonly number[]): string[] {
    return sockets
      .filter(({ record }) => record.netns === stage.netns.inode)
      .filter(
        ({ record: { local, remote } }) =>
          !ports || [local.port, remote.port].some((port) => ports.includes(port)),
      )
      .map(({ record, owners }) => JSON.stringify([record, owners.map(({ pid, fd }) => [pid, fd])]))
      .sort();
  }

  it('the broker lists the same sockets as in a list of all', async () => {
    const broker = new Broker(forkBroker(stage.user.uid, false));
    try {
      const listening = pairs.one.server.local[1];
      const ephemeral = pairs.one.client.local[1];
      const few = Array.from({ length: 60 }, (_, at) => 14_000 + at);
      for (const ports of [
        [listening],
        [ephemeral],
        [waiting.client.local[1]],
        [six.client.local[1]],
        [bound],
        [bound + 1],
        [bound, listening, ephemeral],
        [...few, bound, six.server.local[1], 1, 65_535],
        [9],
      ]) {
        const selected = await broker.list({ ports, namespaces: [] });
        const ofOne = await broker.list({ ports, namespaces: [stage.netns.inode] });
        const all = linesOf(socketsOf(await broker.list()), ports);
        assert.deepEqual(linesOf(socketsOf(selected)), all, ports.join());
        assert.deepEqual(linesOf(socketsOf(ofOne)), all, ports.join());
        assert.deepEqual(ofOne.namespaces, [{ netns: stage.netns.inode, errno: null }]);
      }
      assert.ok(linesOf(socketsOf(await broker.list({ ports: [listening], namespaces: [] }))).length >= 6);
      const ofServer = { ports: [], namespaces: [], processes: [server.pid] };
      const all = socketsOf(await broker.list());
      const held = all.filter(({ owners }) => owners.some(({ pid }) => pid === server.pid));
      assert.ok(held.length >= 6);
      assert.deepEqual(linesOf(socketsOf(await broker.list(ofServer))), linesOf(held));
      assert.deepEqual(
        linesOf(socketsOf(await broker.list({ ...ofServer, ports: [listening] }))),
        linesOf(held, [listening]),
      );
      const manyPorts = Array.from({ length: 10_000 }, (_, at) => 20_000 + at).concat(listening);
      assert.deepEqual(
        linesOf(socketsOf(await broker.list({ ...ofServer, ports: manyPorts }))),
        linesOf(held, manyPorts),
      );
      const ended = { ports: [], namespaces: [], processes: [2 ** 31 - 1] };
      assert.deepEqual(socketsOf(await broker.list(ended)), []);
      for (const wrong of [
        { ports: [], namespaces: [1] },
        { ports: [], namespaces: [], processes: few.concat(few) },
        { ports: [], namespaces: [], processes: [0] },
        { ports: [], namespaces: [], processes: [2 ** 31] },
        { ports: few.concat(few), namespaces: [] },
      ])
        await assert.rejects(broker.list(wrong), /EINVAL/);
    } finally {
      broker.close();
    }
  });

  it('a filter that names ports lists what a scan of all sockets lists', async () => {
    const [port] = [pairs.one.server.local[1]];
    const isOf = ({ local, remote }: Socket) => local.port === port || remote?.port === port;
    // Its port is the number of its protocol.
    const root = await stage.puppet({ user: undefined });
    const raw = (await root.bind('raw', { family: 'ipv4', protocol: 'raw', address: '127.0.0.1' })).local[1];
    const cases: Case[] = [
      [`:${port}`, ({ local }) => local.port === port],
      [`remote:${port}`, ({ remote }) => remote?.port === port],
      [
        `addr:127.0.0.1:${port} state:established`,
        (socket) => isOf(socket) && socket.state === 'established',
      ],
      [`:${bound},${bound + 1}`, ({ local }) => local.port === bound || local.port === bound + 1],
      [`:${raw},80 net:${stage.netns.inode}`, ({ local }) => local.port === raw],
    ];
    const { sockets: all } = await listAll(client, `net:${stage.netns.inode}`);
    await assertSelected(all, cases);
    for (const filter of [`-:${port}`, `-pid:${server.pid}`]) {
      const before = await scans();
      await listAll(client, filter);
      assert.equal((await scans()) - before, 1, filter);
    }
  });

  it('a filter that names processes lists what a scan of all sockets lists', async () => {
    const holder = await stage.victim([python, `${stage.folder}/holder.py`]);
    await connectAll(holder, peer, ipv4, 'held', ['near']);
    const child = (await holder.command('fork')) as number;
    const isOf = (socket: Socket, ...pids: number[]) => socket.owners.some(({ pid }) => pids.includes(pid));
    const cases: Case[] = [
      [`pid:${holder.pid}`, (socket) => isOf(socket, holder.pid)],
      [`pid:${child},${server.pid}`, (socket) => isOf(socket, child, server.pid)],
      [`pid:${peer.pid}`, (socket) => isOf(socket, peer.pid)],
      [`pid:${holder.pid} state:listen`, (socket) => isOf(socket, holder.pid) && socket.state === 'listen'],
      [`pid:${holder.pid} pid:${child}`, (socket) => isOf(socket, holder.pid) && isOf(socket, child)],
    ];
    const { sockets: all } = await listAll(client, `net:${stage.netns.inode}`);
    assert.ok(all.some((socket) => isOf(socket, holder.pid) && isOf(socket, child) && socket.peer));
    await assertSelected(all, cases);
    for (const filter of [`-pid:${holder.pid}`, `pid:${2 ** 31 - 1}`]) {
      const before = await scans();
      await listAll(client, filter);
      assert.equal((await scans()) - before, 1, filter);
    }
  });

  it('a filter that names cookies lists what a scan of all sockets lists, once they were seen', async () => {
    const cookies = [pairs.one.client.cookie, pairs.two.server.cookie, six.client.cookie];
    const isOf = (some: readonly string[]) => (socket: Socket) => some.includes(socket.cookie);
    const { sockets: all } = await listAll(client, `net:${stage.netns.inode}`);
    await assertSelected(all, [
      ...cookies.map((cookie): Case => [`cookie:${cookie}`, isOf([cookie])]),
      [`cookie:${cookies.join()}`, isOf(cookies)],
      [`cookie:${cookies.join()} state:listen`, () => false],
    ]);
    const before = await scans();
    assert.deepEqual((await listAll(client, `cookie:${unusedCookie},${cookies[0]}`)).sockets.map(textOf), [
      ...all.filter(isOf(cookies.slice(0, 1))).map(textOf),
    ]);
    assert.equal((await scans()) - before, 1, 'nobody knows the ports of one');
  });

  it('a connection without a peer needs a scan of all sockets only if that must be on this machine', async () => {
    const dialler = await stage.puppet();
    const family = 'ipv4';
    const connect = (name: string, to: readonly [string, number]) =>
      dialler.connect(name, { family, to, wait: false });
    // It leads nowhere: the kernel goes on dialling.
    execFileSync('ip', ['-n', stage.netns.name, 'route', 'add', '198.51.100.0/24', 'dev', 'lo']);
    await connect('elsewhere', ['198.51.100.7', 14_100]);
    await assertScans('elsewhere', [`pid:${dialler.pid}`, 'remote:198.51.100.7:14100'], 0);
    // Its SYN is dropped, as the queue is full.
    const { local: full } = await server.listen('full', { family, address: '127.0.0.1', backlog: 0 });
    for (const name of ['first', 'second', 'third']) await connect(name, full);
    // Without connection tracking nothing changes the ports of one end.
    const mayBeTranslated = existsSync('/proc/sys/net/netfilter/nf_conntrack_max');
    await assertScans('here', [`pid:${dialler.pid}`, `remote:127.0.0.1:${full[1]}`], mayBeTranslated ? 1 : 0);
    await dialler.stop();
  });

  it('a plan, a destroy, an inspect and an explanation scan nothing else', async () => {
    const target: Target = await targetByCookie(client, pairs.one.client);
    const before = await scans();
    const { plan } = await client.request(planDestroy, { targets: [target] });
    assert.deepEqual(
      [plan[0]?.act, /ECONNRESET/.test(plan[0]?.message ?? '')],
      ['destroy', true],
      plan[0]?.message,
    );
    await client.request(inspectSocket, { target });
    const port = { port: pairs.one.server.local[1], protocol: 'tcp', netns: null } as const;
    const { holders } = await client.request(explainPort, port);
    assert.deepEqual(
      holders.map(({ kind }) => kind),
      ['listener', 'connection', 'time-wait'],
    );
    assert.equal((await destroyOne(client, target)).outcome, 'destroyed');
    assert.equal(await scans(), before);
    assert.equal(await server.errnoOf('receive', 'one'), 'ECONNRESET');
    await assertEchoes([peer, 'two'], [server, 'two']);
  });
});
