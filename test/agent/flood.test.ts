/**
 * Another user with very many sockets and owners, and the lists of the served user beside them: they are bounded, say what they
 * lack, and have all that is the user's own.
 */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { setPriority } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import {
  explainPort,
  limits,
  listSockets,
  type PackedChange,
  rootGroup,
  type Socket,
  setView,
  unpackChange,
  unpackSockets,
  viewChanged,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, inState } from '../helpers/targets';

const sockets = 2000;
const children = 100;
/** RowLimits of native/src/scans/row_budget.h. */
const maxRowsOfAccount = 32_768;
const maxOwners = 512;
const workers = 100;
const here = { family: 'ipv4', address: '127.0.0.1' } as const;
const wordy = 'x'.repeat(3500);

function peakMemoryMb(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

const bytesOf = (answer: unknown) => Buffer.byteLength(JSON.stringify(answer));
const ownersOf = (listed: readonly Socket[]) => listed.reduce((sum, { owners }) => sum + owners.length, 0);

describe('a flood of another user', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Client;
  let flood: Puppet;
  let server: Puppet;
  const listener = { cookie: '' };

  const holder = (user: { uid: number; gid: number }, ...words: string[]) =>
    stage.victim([python, `${stage.folder}/holder.py`, ...words], { user });
  const ofFlood = (listed: readonly Socket[]) =>
    listed.filter(({ uid, protocol }) => uid === stranger.uid && protocol === 'udp');

  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    flood = await holder(stranger, wordy);
    await flood.command('bind_many', { name: 'many', count: sockets, ...here });
    for (let child = 0; child < children; child++) await flood.command('fork');
    // Comes last in a walk over all processes.
    server = await holder(stage.user);
    listener.cookie = (await server.listen('l', here)).cookie;
    for (let worker = 0; worker < workers; worker++) await server.command('fork');
    agent = await stage.agent();
    client = await agent.client();
  });
  after(() => stage?.close());

  it('fills a list with no more rows than one user may, and each of its sockets is there', async () => {
    const { sockets: listed, leftOut } = await listAll(client, '');
    const flooded = ofFlood(listed);
    assert.equal(flooded.length, sockets);
    assert.ok(ownersOf(flooded) <= maxRowsOfAccount, String(ownersOf(flooded)));
    const all = sockets * (children + 1);
    assert.equal(ownersOf(flooded) + flooded.reduce((sum, one) => sum + one.ownersLeftOut, 0), all);
    assert.ok(flooded.every(({ owners, ownersLeftOut }) => owners.length > 0 && ownersLeftOut > 0));
    assert.ok(leftOut.owners >= all - maxRowsOfAccount, String(leftOut.owners));
  });

  it("leaves the user's own complete", async () => {
    const { owners, ownersLeftOut } = await findOne(client, `cookie:${listener.cookie}`);
    assert.deepEqual([owners.length, ownersLeftOut], [workers + 1, 0]);
  });

  it('costs agent and broker a bounded amount of memory', async () => {
    await listAll(client, '');
    const memory = [peakMemoryMb(agent.pid), peakMemoryMb(await agent.brokerPid())];
    assert.ok(memory[0] && memory[0] < 600, `agent ${memory[0]} MB`);
    assert.ok(memory[1] && memory[1] < 80, `broker ${memory[1]} MB`);
  });

  it('is said by the command line: one line, and a field of the JSON', async () => {
    const { stdout, stderr } = await stage.sockscope(['list', 'proto:udp']);
    assert.match(
      stderr,
      /^Not listed: (\d+ sockets and )?\d+ owners of listed sockets, as there are more than/m,
    );
    assert.match(stdout, /\(\d+ more not listed\)/);
    const { json: all } = await stage.sockscope(['list', '--json', 'proto:tcp']);
    assert.ok(all.leftOut.owners > 0);
    const { json: own } = await stage.sockscope(['list', '--json', `cookie:${listener.cookie}`]);
    assert.deepEqual([own.leftOut, own.sockets[0].ownersLeftOut], [{ sockets: 0, owners: 0 }, 0]);
  });

  it('comes in pages of at most about a megabyte, which are complete', async () => {
    const cookies = new Set<string>();
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(cursor);
      assert.ok(bytesOf(page) < 2 * limits.answer, `${bytesOf(page)} bytes`);
      for (const socket of ofFlood(unpackSockets(page.sockets))) cookies.add(socket.cookie);
      cursor = page.cursor;
      pages++;
    } while (cursor !== null);
    assert.equal(cookies.size, sockets);
    assert.ok(pages >= sockets / limits.listPage, String(pages));
  });

  function nextPage(cursor: string | null) {
    return client.request(listSockets, { filter: '', ...(cursor === null ? {} : { cursor }) });
  }

  it('fills a view by messages of about a megabyte', async () => {
    const changes: PackedChange[] = [];
    const viewer = await agent.client();
    viewer.on(viewChanged, (change) => changes.push(change));
    const group = 'state/close';
    const workspace = { roots: [], folders: [] };
    const open = { [rootGroup]: 100, [group]: 100_000 };
    const view = {
      view: 1,
      filter: 'proto:udp',
      show: 'everything',
      groupBy: 'state',
      workspace,
      open,
    } as const;
    changes.push(await viewer.request(setView, view));
    const idsOf = (change: PackedChange) => unpackChange(change).rows[group]?.set.map(({ id }) => id) ?? [];
    const rows = () => new Set(changes.flatMap(idsOf));
    await until('every row was sent', () => rows().size >= sockets);
    for (const change of changes) assert.ok(bytesOf(change) < 2 * limits.answer, `${bytesOf(change)} bytes`);
    assert.ok(changes[0] && changes[0].leftOut.owners > 0);
    viewer.close();
  });
});

describe('sockets without an owner in namespaces that another user made', { skip: withoutRoot }, () => {
  /** More than RowLimits allow for all namespaces of a user. */
  const each = 9000;
  const maxRowsOfOwner = 16_384;
  let stage: Stage;
  let client: Client;
  before(async () => {
    stage = new Stage();
    const agent = await stage.agent();
    client = await agent.client();
    // A list has a quarter of a second for namespaces of others, however busy the machine is.
    setPriority(await agent.brokerPid(), -15);
  });
  after(() => stage?.close());

  it('are bounded for all of them together, and counted', async () => {
    const apart = ['unshare', '--user', '--map-root-user', '--net', python, `${stage.folder}/holder.py`];
    const makers = [1, 2].map(() => stage.victim(apart, { user: stranger, netns: undefined }));
    await Promise.all(makers.map(async (maker) => (await maker).command('time_waits', { count: each })));
    const pids = await Promise.all(makers.map(async (maker) => (await maker).pid));
    const theirs = pids.map((pid) => statSync(`/proc/${pid}/ns/net`).ino);
    const { sockets, leftOut } = await until('both are read', async () => {
      const list = await listAll(client, 'state:time-wait');
      const isRead = (inode: number) =>
        list.namespaces.some(({ netns, errno }) => netns === inode && errno === null);
      return theirs.every(isRead) ? list : null;
    });
    const listed = sockets.filter(({ netns }) => theirs.includes(netns));
    // One takes what the other leaves, and what else this user has elsewhere.
    assert.ok(listed.length > each && listed.length <= maxRowsOfOwner, `${listed.length}`);
    assert.ok(leftOut.sockets > 0);
  });
});

describe('a flood of another user around one port', { skip: withoutRoot }, () => {
  const port = 23_418;
  let stage: Stage;
  let client: Client;
  let own: Puppet;
  let late: Puppet;
  before(async () => {
    stage = new Stage();
    stage.netns.crowd();
    for (const network of ['127.1.0', '127.2.0']) {
      const flood = await stage.victim([python, `${stage.folder}/holder.py`], { user: stranger });
      await flood.command('aim_many', { count: maxRowsOfAccount / 2 + 100, network, port });
    }
    own = await stage.puppet();
    late = await stage.puppet({ user: stranger });
    await late.listen('held', { ...here, port });
    client = await (await stage.agent()).client();
  });
  after(() => stage?.close());

  it('hides a socket from the list, but not from the law: time-wait of a port that he holds is denied', async () => {
    await own.connect('c', { family: 'ipv4', to: ['127.0.0.1', port] });
    const far = await late.accept('c', 'held');
    await late.close('c');
    await own.close('c');
    const left = await inState(client, far, 'time-wait');
    const { sockets, leftOut } = await listAll(client, `:${port}`);
    assert.deepEqual(
      sockets.filter(({ state }) => state === 'listen'),
      [],
      'the listener is beyond the budget',
    );
    assert.ok(leftOut.sockets > 0);
    const { stderr } = await stage.sockscope(['destroy', `:${port}`, '--dry-run']);
    assert.match(stderr, /^Not listed: \d+ sockets, as there are more/m);
    const result = await destroyOne(client, left);
    assert.equal(result.outcome, 'denied', result.message);
  });

  it("hides none of the user's own, and he destroys them", async () => {
    const near = await own.connect('mine', { family: 'ipv4', to: ['127.0.0.1', port] });
    await late.accept('mine', 'held');
    const result = await destroyOne(client, await findOne(client, `cookie:${near.cookie}`));
    assert.equal(result.outcome, 'destroyed', result.message);
    assert.equal(await own.errnoOf('receive', 'mine'), 'ECONNABORTED');
  });
});

describe('a socket with more owners than are listed', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
  });
  after(() => stage?.close());

  it('is still its late owner’s, who may destroy it, and names him first', async () => {
    const giver = await stage.victim([python, `${stage.folder}/holder.py`], { user: stranger });
    const udp = await giver.bind('udp', { ...here, protocol: 'udp', port: 23_417 });
    for (let child = 0; child < 40; child++)
      await giver.command('fork_with_copies', { name: 'udp', count: 16 });
    const taker = await stage.victim([python, `${stage.folder}/holder.py`]);
    const path = `sockscope-${stage.user.uid}-flood`;
    await taker.command('mailbox', { path });
    await giver.command('give', { name: 'udp', path });
    await taker.command('take', { name: 'udp', path });

    const found = await findOne(client, `cookie:${udp.cookie}`);
    assert.equal(found.owners.filter(({ pid }) => pid === taker.pid).length, 1);
    assert.equal(found.owners.length, maxOwners + 1);
    assert.ok(found.ownersLeftOut > 0);
    const report = await client.request(explainPort, {
      port: found.local.port,
      protocol: 'udp',
      netns: null,
    });
    assert.ok(report.leftOut.owners > 0 && report.holders[0]?.sockets[0]?.ownersLeftOut);

    const free = ['free', String(found.local.port), '--udp', '--yes'];
    const { stdout, stderr } = await stage.sockscope(free);
    assert.match(stdout + stderr, /\d+ owners of the socket cannot be named/);
    assert.doesNotMatch(stdout + stderr, /SIGTERM goes to/);

    const result = await destroyOne(client, found);
    assert.equal(result.outcome, 'reset', result.message);
    assert.equal(await taker.errnoOf('receive', 'udp'), 'ECONNABORTED');
  });
});
