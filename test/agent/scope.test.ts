/** The scopes `mine` and `all`, and the protection of lifeline sockets. */

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks } from '../helpers/bpf-objects';
import { assertAccepts, closeFirst, connectAll, type Place, places } from '../helpers/pairs';
import { type RunOptions, until } from '../helpers/programs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, inState, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('scope', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let root: Client;
  let own: Puppet;
  let other: Puppet;
  let others: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    root = await agent.client();
    own = await stage.puppet();
    other = await stage.puppet({ user: stranger });
    others = await stage.puppet({ user: stranger });
  });
  after(() => stage?.close());

  /** As the stage's user, who is served with scope `mine`. */
  async function destroy({ cookie }: Pick<SocketInfo, 'cookie'>, ...words: string[]) {
    const command = ['destroy', `cookie:${cookie}`, '--yes', '--json', ...words];
    const { code, json, stderr } = await stage.sockscope(command);
    assert.equal(json?.results.length, 1, stderr);
    return { code, outcome: json.results[0].outcome, engine: json.results[0].engine };
  }

  const denied = { code: 3, outcome: 'denied', engine: null };

  it("other users' connections, listeners and UDP sockets are denied", async () => {
    const { listening, pairs } = await connectAll(other, others, ipv4, 'foreign', ['c']);
    const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    const udp = await other.bind('udp', binding);
    for (const some of [pairs.c.client, pairs.c.server, udp]) assert.deepEqual(await destroy(some), denied);
    assert.deepEqual(await destroy(listening, '--include-listeners'), denied);
    assert.deepEqual(await destroy(pairs.c.client, '--include-lifeline'), denied);
    await assertEchoes([others, 'c'], [other, 'c']);
    await assertAccepts(other, others, ipv4, 'foreign');
    await others.bind('sender', binding);
    await others.send('sender', 'still', udp.local);
    assert.equal((await other.receive('udp')).text, 'still');
  });

  it('the owner of one end may destroy the other end', async () => {
    const { pairs } = await connectAll(other, own, ipv4, 'shared', ['c', 'bystander']);
    assert.equal((await destroy(pairs.c.server)).outcome, 'destroyed');
    assert.equal(await other.errnoOf('receive', 'c'), 'ECONNABORTED');
    assert.equal(await own.errnoOf('receive', 'c'), 'ECONNRESET');
    await assertEchoes([own, 'bystander'], [other, 'bystander']);
    await assertAccepts(other, own, ipv4, 'shared');
  });

  it('the owner of one of two connected UDP sockets may not reset the other', async () => {
    const protocol = 'udp';
    const theirs = await other.bind('udp one', {
      family: 'ipv4',
      protocol,
      address: '127.0.0.1',
      port: 10_101,
    });
    const to = ['127.0.0.1', 10_102] as const;
    await other.close('udp one');
    const connected = await other.connect('udp two', { family: 'ipv4', protocol, to, bind: theirs.local });
    const mine = await own.connect('udp', { family: 'ipv4', protocol, to: theirs.local, bind: to });
    assert.deepEqual(await destroy(connected), denied);
    await assertEchoes([own, 'udp'], [other, 'udp two']);
    assert.equal((await destroy(mine)).code, 0);
  });

  it("a socket that only mirrors another user's tuple is no peer of it", async () => {
    await stage.victim([python, join(stage.folder, 'tun.py')], { user: undefined });
    const remote = ['fd09::2', 8000] as const;
    const making = { family: 'ipv6', wait: false } as const;
    const victim = await other.connect('outward', { ...making, to: remote });
    const mirror = { ...making, freebind: true, bind: remote, to: victim.local } as const;
    const { cookie } = await own.connect('mirror', mirror);
    assert.deepEqual(
      (await findOne(root, `cookie:${cookie}`)).owners.map(({ pid }) => pid),
      [own.pid],
    );
    assert.deepEqual(await destroy(victim), denied);
    const { state } = await findOne(root, `cookie:${victim.cookie}`);
    assert.ok(state === 'syn-sent' || state === 'syn-recv', state); // the mirror's SYN has reached it
  });

  it("a socket whose handshake failed still mirrors another user's tuple, and is no peer of it either", async () => {
    const there = stage.makeNetns('remote');
    stage.netns.join(there);
    const server = await stage.puppet({ user: undefined, netns: there });
    const { local: remote } = await server.listen('remote', { family: 'ipv6', address: 'fd77::2' });
    const victim = await other.connect('established', { family: 'ipv6', to: remote });
    await server.accept('established', 'remote');
    const mirror = { family: 'ipv6', wait: false, freebind: true, bind: remote, to: victim.local } as const;
    const { cookie } = await own.connect('failed mirror', mirror);
    await own.setUserTimeout('failed mirror', 100);
    const failed = await inState(root, { cookie }, 'bound');
    assert.deepEqual([failed.local.port, failed.remote?.port], [remote[1], victim.local[1]]);
    assert.deepEqual(await destroy(victim), denied);
    await assertEchoes([other, 'established'], [server, 'established']);
  });

  it('an orphan belongs to the user who created it', async () => {
    const orphans = [];
    for (const [owner, name] of [
      [own, 'own orphan'],
      [others, 'foreign orphan'],
    ] as const) {
      const { pairs } = await connectAll(other, owner, ipv4, `${name}s`, [name]);
      // More than the server's buffers take: what is left keeps the socket alive after its process.
      await owner.fill(name);
      await owner.close(name);
      orphans.push(await inState(root, pairs[name].client, 'fin-wait-1'));
    }
    const [mine, foreign] = orphans;
    assert.ok(mine && foreign);
    assert.deepEqual([mine.owners, mine.uid, foreign.uid], [[], stage.user.uid, stranger.uid]);
    assert.equal((await destroy(mine)).outcome, 'destroyed');
    assert.deepEqual(await destroy(foreign), denied);
    assert.equal((await findOne(root, `cookie:${foreign.cookie}`)).state, 'fin-wait-1');
  });

  it('an orphan whose uid the kernel has dropped belongs to no user', async () => {
    const { pairs } = await connectAll(other, own, ipv4, 'forgotten', ['c']);
    await own.close('c');
    assert.equal((await inState(root, pairs.c.client, 'fin-wait-2')).uid, 0);
    assert.deepEqual(await destroy(pairs.c.client), denied);
  });

  it('any user may destroy time-wait on an unprivileged port that no other user holds', async () => {
    const free = await connectAll(own, others, ipv4, 'free', ['c']);
    await closeFirst(others, own, 'c');
    await own.close('free');
    await inState(root, free.pairs.c.client, 'time-wait');
    assert.equal((await destroy(free.pairs.c.client)).outcome, 'destroyed');

    const held = await connectAll(other, others, ipv4, 'held', ['c']);
    await closeFirst(other, others, 'c');
    await inState(root, held.pairs.c.server, 'time-wait');
    assert.deepEqual(await destroy(held.pairs.c.server), denied);

    const server = await stage.puppet({ user: undefined });
    await server.listen('low', { family: 'ipv4', address: '127.0.0.1', port: 999 });
    await others.connect('low', { family: 'ipv4', to: ['127.0.0.1', 999] });
    const low = await server.accept('low', 'low');
    await closeFirst(server, others, 'low');
    await inState(root, low, 'time-wait');
    await server.stop();
    assert.deepEqual(await destroy(low), denied);
  });

  it('subordinate uids count as the user', async (t) => {
    const line = readFileSync('/etc/subuid', 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`${stage.user.name}:`));
    if (!line) return t.skip('useradd gives no subordinate uids here');
    const uid = Number(line.split(':')[1]) + 1000;
    const inside = await stage.puppet({ user: { uid, gid: uid } });
    const { local } = await inside.listen('listener', { family: 'ipv4', address: '127.0.0.1' });
    const near = await inside.connect('near', { family: 'ipv4', to: local });
    await inside.accept('far', 'listener');
    assert.equal((await destroy(near)).outcome, 'destroyed');
    assert.equal(await inside.errnoOf('receive', 'near'), 'ECONNABORTED');
  });

  it("destroy --next ignores other users' connections", async () => {
    const { listening } = await connectAll(other, others, ipv4, 'next', []);
    const words = ['destroy', '--next', `remote:${listening.local[1]}`, '--wait', '1s', '--yes', '--json'];
    const waiting = stage.sockscope(words);
    const broker = await agent.brokerPid();
    await until('the hooks are attached', () => heldHooks(broker).length === 2);
    await others.connect('next', { family: 'ipv4', to: listening.local });
    await other.accept('next', 'next');
    assert.equal((await waiting).code, 4);
    await assertEchoes([others, 'next'], [other, 'next']);
  });

  it("root is no exception to the agent's scope, and uses the command line without it; with --scope all the user may, too", async () => {
    const { pairs } = await connectAll(other, others, ipv4, 'everything', ['first', 'second', 'bystander']);
    const target = await targetByCookie(root, pairs.first.client);
    assert.equal((await destroyOne(root, target)).outcome, 'denied');
    const words = ['destroy', `cookie:${pairs.first.client.cookie}`, '--yes'];
    assert.equal((await stage.asRoot(words)).code, 0);
    assert.equal(await others.errnoOf('receive', 'first'), 'ECONNABORTED');
    assert.deepEqual(await destroy(pairs.second.client), denied);

    await agent.stop();
    agent = await stage.agent(['--scope', 'all']);
    assert.equal((await destroy(pairs.second.client)).outcome, 'destroyed');
    assert.equal(await others.errnoOf('receive', 'second'), 'ECONNABORTED');
    await assertEchoes([others, 'bystander'], [other, 'bystander']);
  });
});

describe('lifeline', { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    client = await stage.puppet();
  });
  after(() => stage?.close());

  const destroy = (...words: string[]) => stage.sockscope(['destroy', ...words, '--yes', '--json']);

  /** A puppet whose process has this name: the kernel takes the name of the file. */
  async function disguised(name: string, runOptions: RunOptions = {}): Promise<Puppet> {
    const program = join(stage.folder, name);
    copyFileSync(python, program);
    return stage.puppet(runOptions, program);
  }

  const carriers: readonly [string, () => Promise<Puppet>][] = [
    ['sshd', () => disguised('sshd')],
    ['code-tunnel', () => disguised('code-tunnel')],
    [
      'a VS Code server',
      () => stage.victim([python, `${stage.folder}/puppet.py`, '/opt/server/out/server-main.js']),
    ],
    ['an extension host', () => stage.victim([python, `${stage.folder}/puppet.py`, '--type=extensionHost'])],
  ];
  for (const [what, start] of carriers)
    it(`${what}: both ends of its connections are protected, its listener too`, async () => {
      const carrier = await start();
      const names = ['session', 'second'] as const;
      const { listening, pairs } = await connectAll(carrier, client, ipv4, what, names);
      const { near, far } = { near: pairs.session.client, far: pairs.session.server };
      for (const { cookie } of [near, far, listening]) {
        const { json } = await stage.sockscope(['list', `cookie:${cookie}`, '--json']);
        assert.equal(json.sockets[0].lifeline, true);
        const { code, json: refused } = await destroy(`cookie:${cookie}`, '--include-listeners');
        assert.deepEqual(
          [code, refused.results[0].outcome, refused.results[0].engine],
          [1, 'protected', null],
        );
        assert.match(refused.results[0].message, /lifeline/);
      }
      // Bulk destroys, by process and by port, skip it as well.
      for (const filter of [`pid:${carrier.pid}`, `remote:${listening.local[1]}`, `:${listening.local[1]}`]) {
        const { code, json } = await destroy(filter, '--include-listeners');
        assert.equal(code, 1);
        assert.ok(json.results.every(({ outcome }: { outcome: string }) => outcome === 'protected'));
      }
      for (const name of names) await assertEchoes([client, name], [carrier, name]);
      await assertAccepts(carrier, client, ipv4, what);

      const { code } = await destroy(`cookie:${near.cookie}`, '--include-lifeline');
      assert.equal(code, 0);
      assert.equal(await client.errnoOf('receive', 'session'), 'ECONNABORTED');
      await assertEchoes([client, 'second'], [carrier, 'second']);
      await carrier.stop();
    });

  it("another user's program with the name of a session carrier protects nothing", async () => {
    const impostor = await disguised('mosh-server', { user: stranger });
    const { pairs } = await connectAll(client, impostor, ipv4, 'claimed', ['c']);
    const { json } = await stage.sockscope(['list', `cookie:${pairs.c.server.cookie}`, '--json']);
    assert.equal(json.sockets[0].lifeline, false);
    assert.equal((await destroy(`cookie:${pairs.c.server.cookie}`)).code, 0);
    assert.equal(await client.errnoOf('receive', 'c'), 'ECONNABORTED');
    await impostor.stop();
  });

  it('a process that has the name of a session carrier only in its arguments is not lifeline', async () => {
    const puppet = await stage.victim([python, `${stage.folder}/puppet.py`, 'sshd', 'server-main.js']);
    const { pairs } = await connectAll(puppet, client, ipv4, 'plain', ['c']);
    const { json } = await stage.sockscope(['list', `cookie:${pairs.c.client.cookie}`, '--json']);
    assert.equal(json.sockets[0].lifeline, false);
  });

  for (const mode of ['agent', 'observer'] as const)
    it(`a new program in the place of a carrier's fork is no carrier: ${mode}`, async () => {
      const observing = mode === 'agent' ? await stage.clientOfUser() : await stage.observer();
      const fork = await stage.victim([python, `${stage.folder}/reborn.py`, '--type=extensionHost']);
      const inherited = await fork.listen('inherited', { family: 'ipv4', address: '127.0.0.1' });
      assert.equal((await findOne(observing, `cookie:${inherited.cookie}`)).lifeline, true);
      await fork.command('become', { command: [python, `${stage.folder}/puppet.py`] });
      const own = await fork.listen('own', { family: 'ipv4', address: '127.0.0.1' });
      for (const { cookie } of [inherited, own]) {
        const { lifeline, owners } = await findOne(observing, `cookie:${cookie}`);
        assert.deepEqual(
          owners.map(({ pid, command }) => [pid, command]),
          [[fork.pid, `${python} ${stage.folder}/puppet.py`]],
        );
        assert.equal(lifeline, false);
      }
    });

  it('destroy --next ignores lifeline sockets', async () => {
    const carrier = await disguised('dropbear');
    const { listening } = await connectAll(carrier, client, ipv4, 'next', []);
    const filter = `remote:${listening.local[1]}`;
    const waiting = stage.sockscope(['destroy', '--next', filter, '--wait', '1s', '--yes', '--json']);
    await sleep(300);
    await client.connect('next', { family: 'ipv4', to: listening.local });
    await carrier.accept('next', 'next');
    const { code, stderr } = await waiting;
    assert.equal(code, 4, stderr);
    await assertEchoes([client, 'next'], [carrier, 'next']);
  });
});
