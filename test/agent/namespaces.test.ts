/** Sockets of every network namespace, from an agent in one of them: listed, named, paired with their peers, destroyed. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Namespace, type Socket, targetOf } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { engines } from '../helpers/engines';
import type { Netns } from '../helpers/netns';
import { assertAccepts, closeFirst, connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { end, start, until, which } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { unusedCookie } from '../helpers/sockets';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { destroyOne } from '../helpers/targets';

const cable: readonly Place[] = [
  { family: 'ipv4', loopback: '10.77.0.2' },
  { family: 'ipv6', loopback: 'fd77::2' },
];

describe('network namespaces', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let there: Netns;
  let near: Puppet;
  let far: Puppet;
  before(async () => {
    stage = new Stage();
    there = stage.makeNetns('b');
    stage.netns.join(there);
    agent = await stage.agent();
    near = await stage.puppet();
    far = await stage.puppet({ netns: there });
  });
  after(() => stage?.close());

  async function list(...words: string[]): Promise<{ sockets: Socket[]; namespaces: Namespace[] }> {
    const { code, json, stderr } = await stage.sockscope(['list', ...words, '--json']);
    assert.equal(code, 0, stderr);
    return json;
  }

  async function one(cookie: string): Promise<Socket> {
    const { sockets } = await list(`cookie:${cookie}`);
    assert.equal(sockets.length, 1, `cookie:${cookie}`);
    return sockets[0] as Socket;
  }

  it('each has its name, and one is marked as the own', async () => {
    const { namespaces } = await list(`cookie:${unusedCookie}`);
    const byInode = new Map(namespaces.map((namespace) => [namespace.netns, namespace]));
    assert.equal(byInode.size, namespaces.length);
    for (const netns of [stage.netns, there]) {
      const { name, own, errno, container } = byInode.get(netns.inode) ?? {};
      assert.deepEqual([name, own, errno, container], [netns.name, netns === stage.netns, null, null]);
    }
    assert.equal(namespaces.filter(({ own }) => own).length, 1);
  });

  it('text output names the namespace of a socket in another one', async () => {
    const here = await near.listen('here', { family: 'ipv4', address: '127.0.0.1' });
    const elsewhere = await far.listen('elsewhere', { family: 'ipv4', address: '127.0.0.1' });
    const { stdout } = await stage.sockscope(['list', `cookie:${here.cookie},${elsewhere.cookie}`]);
    assert.match(stdout, new RegExp(` ${elsewhere.cookie} +in ${there.name}$`, 'm'));
    assert.match(stdout, new RegExp(` ${here.cookie}$`, 'm'));
  });

  it('a namespace without a process: sockets that the kernel still holds are listed', async () => {
    const empty = stage.makeNetns('c');
    const [server, client] = [await stage.puppet({ netns: empty }), await stage.puppet({ netns: empty })];
    const { pairs } = await connectAll(server, client, places[0] as Place, 'l', ['over', 'orphan']);
    await closeFirst(client, server, 'over');
    await client.close('orphan');
    await client.stop();
    await until('it waits', async () => {
      const { sockets } = await list(`net:${empty.inode}`, 'state:time-wait');
      return sockets.some(({ cookie }) => cookie === pairs.over.client.cookie);
    });
    await server.stop();
    const { sockets, namespaces } = await list(`net:${empty.inode}`);
    const states = sockets.map(({ state, owners }) => [state, owners.length]);
    assert.ok(states.some(([state]) => state === 'time-wait'));
    assert.ok(
      states.every(([, owners]) => owners === 0),
      JSON.stringify(states),
    );
    assert.equal(namespaces.find(({ netns }) => netns === empty.inode)?.name, empty.name);
  });

  describe('a namespace that only sockets keep alive', () => {
    let exile: Puppet;
    let inode: number;
    beforeEach(async () => {
      exile = await stage.victim([python, join(stage.folder, 'exile.py')], { user: undefined });
      inode = (await exile.command('leave')) as number;
      await exile.command('loopback', { up: true });
    });
    afterEach(() => exile.stop());

    /** Both ends belong to the exile. */
    async function connect(name: string): Promise<Pair> {
      const { local } = await exile.listen(`for ${name}`, { family: 'ipv4', address: '127.0.0.1' });
      const client = await exile.connect(name, { family: 'ipv4', to: local });
      return { client, server: await exile.accept(`${name}, accepted`, `for ${name}`) };
    }

    it('is entered through one of its sockets', async () => {
      const { client, server } = await connect('victim');
      await connect('bystander');
      const { local } = await exile.info('for victim');
      const queued = await exile.connect('queued', { family: 'ipv4', to: local });
      await exile.command('back');

      const { sockets, namespaces } = await list(`net:${inode}`);
      assert.deepEqual(
        namespaces.filter(({ netns }) => netns === inode),
        [{ netns: inode, own: false, name: null, container: null, errno: null }],
      );
      // Only from within the namespace is it known that no process has accepted it.
      const waiting = sockets.find(({ remote }) => remote?.port === queued.local[1]);
      assert.deepEqual([waiting?.owners, waiting?.queuedFor.map(({ pid }) => pid)], [[], [exile.pid]]);

      const words = ['destroy', `cookie:${client.cookie}`, '--yes', '--json'];
      const { code, json } = await stage.asRoot(words);
      assert.deepEqual([code, json.results[0].outcome, json.results[0].netns], [0, 'destroyed', inode]);
      assert.equal(await exile.errnoOf('receive', 'victim'), 'ECONNABORTED');
      assert.equal(await exile.errnoOf('receive', 'victim, accepted'), 'ECONNRESET');
      await assertEchoes([exile, 'bystander'], [exile, 'bystander, accepted']);
      assert.deepEqual((await list(`cookie:${server.cookie}`, 'state:established')).sockets, []);
    });

    it('is entered through a socket that another process got since an earlier list', async () => {
      const heir = await stage.victim([python, join(stage.folder, 'holder.py')]);
      const path = `heir of ${exile.pid}`;
      await heir.command('mailbox', { path });
      await connect('kept');
      await exile.command('back');
      await list(); // the owners that are known from now on
      await exile.command('give', { path, name: 'for kept' });
      await heir.command('take', { path, name: 'kept' });
      await exile.stop();

      const { namespaces } = await list(':1');
      assert.equal(namespaces.find(({ netns }) => netns === inode)?.errno, null);
      await heir.stop();
      // The broker of another test may have a copy of the socket at the moment.
      await until('nothing leads to it any more', async () => {
        const later = (await list(':1')).namespaces.filter(({ netns }) => netns === inode);
        for (const { errno } of later) assert.equal(errno, null);
        return later.length === 0;
      });
    });

    it('what no process holds keeps it as well: such a connection is not said to be closed', async () => {
      const { client } = await connect('orphan');
      await exile.command('loopback', { up: false });
      await exile.send('orphan', 'never acknowledged');
      await exile.command('back');
      const target = targetOf(await one(client.cookie));
      for (const name of ['orphan', 'orphan, accepted', 'for orphan']) await exile.close(name);

      const { outcome, message } = await destroyOne(await agent.client(), target);
      assert.equal(outcome, 'unsupported');
      assert.match(message, / is closed, or was not seen, as .* cannot be found from here \(ENOENT\)$/);
    });

    it('is entered through a socket in close() with SO_LINGER, although its owner ends at that moment', {
      skip: which('strace') ? false : 'strace is not installed',
      timeout: 120_000,
    }, async () => {
      await connect('lingers');
      await exile.close('for lingers'); // so that the other is the first of its sockets
      await exile.command('linger', { name: 'lingers', seconds: 90 });
      await exile.command('loopback', { up: false });
      await exile.send('lingers', 'never acknowledged');
      await exile.command('back');
      const broker = await agent.brokerPid();
      // Long enough to end the owner in between, so that no other process holds the socket.
      const inject = ['--trace=pidfd_getfd', '--inject=pidfd_getfd:delay_exit=100ms'];
      const strace = start(
        ['strace', '--follow-forks', `--attach=${broker}`, ...inject],
        {},
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let traced = '';
      strace.stderr?.setEncoding('utf8').on('data', (text: string) => {
        traced += text;
      });
      await until('strace traces the broker', () => /attached/.test(traced));
      const listing = list(`net:${inode}`);
      await until('the socket is taken', () => /pidfd_getfd.* = \d+ \(DELAYED\)/.test(traced));
      await exile.stop();
      const { namespaces } = await listing;
      await end(strace, 'SIGTERM');
      assert.equal(namespaces.find(({ netns }) => netns === inode)?.errno, null);
      assert.equal((await list(`cookie:${unusedCookie}`)).sockets.length, 0);
    });
  });

  describe('a connection between two of them', () => {
    for (const place of cable) {
      const say = (what: string) => `${what}, ${place.family}`;
      let pairs: Record<'victim' | 'bystander', Pair>;

      async function connect(listener: string): Promise<void> {
        ({ pairs } = await connectAll(far, near, place, listener, ['victim', 'bystander']));
      }

      async function assertOthersLive(listener: string): Promise<void> {
        await assertEchoes([near, 'bystander'], [far, 'bystander']);
        await assertAccepts(far, near, place, listener);
      }

      it(say('each end knows the other'), async () => {
        await connect(say('peers'));
        const ends = [await one(pairs.victim.client.cookie), await one(pairs.victim.server.cookie)] as const;
        assert.deepEqual(
          ends.map(({ netns }) => netns),
          [stage.netns.inode, there.inode],
        );
        assert.deepEqual(
          ends.map(({ owners }) => owners[0]?.pid),
          [near.pid, far.pid],
        );
        for (const [end, other] of [ends, [...ends].reverse()] as [Socket, Socket][]) {
          const { netns, cookie, protocol, local, remote, owners } = other;
          assert.deepEqual(end.peer, { netns, cookie, protocol, local, remote, owners });
        }
        const { stdout } = await stage.sockscope(['list', `cookie:${pairs.victim.server.cookie}`]);
        assert.match(stdout, new RegExp(` in ${there.name}, peer python3/${near.pid} here$`, 'm'));
      });

      for (const engine of engines)
        it(say(`is destroyed in the other namespace by ${engine}`), async () => {
          await connect(say(engine));
          const words = ['destroy', `cookie:${pairs.victim.server.cookie}`, '--engine', engine];
          const { code, json } = await stage.sockscope([...words, '--yes', '--json']);
          assert.deepEqual([code, json.results[0].outcome, json.results[0].engine], [0, 'destroyed', engine]);
          assert.equal(json.results[0].netns, there.inode);
          assert.equal(await far.errnoOf('receive', 'victim'), 'ECONNABORTED');
          assert.equal(await near.errnoOf('receive', 'victim'), 'ECONNRESET');
          await assertOthersLive(say(engine));
        });

      it(say('is aborted at the peer'), async () => {
        await connect(say('end'));
        const words = ['destroy', `cookie:${pairs.victim.client.cookie}`, '--end', 'peer'];
        const dry = await stage.sockscope([...words, '--dry-run']);
        assert.equal(dry.code, 0);
        assert.match(dry.stdout, /^Abort at the peer: this program sees ECONNRESET, as in a real outage$/m);
        assert.match(dry.stdout, new RegExp(`pid ${near.pid}\\) gets ECONNRESET`));
        await assertEchoes([near, 'victim'], [far, 'victim']);

        const { code, json } = await stage.sockscope([...words, '--yes', '--json']);
        assert.equal(code, 0);
        assert.deepEqual([json.end, json.withoutPeer, json.results.length], ['peer', [], 1]);
        const [{ outcome, netns, cookie }] = json.results;
        assert.deepEqual([outcome, netns, cookie], ['destroyed', there.inode, pairs.victim.server.cookie]);
        assert.equal(await near.errnoOf('receive', 'victim'), 'ECONNRESET');
        assert.equal(await far.errnoOf('receive', 'victim'), 'ECONNABORTED');
        await assertOthersLive(say('end'));
      });
    }
  });

  describe('--end peer', () => {
    it('without any peer on this machine: exit 4, and nothing is destroyed', async () => {
      const { cookie } = await near.listen('alone', { family: 'ipv4', address: '127.0.0.1' });
      const words = ['destroy', `cookie:${cookie}`, '--end', 'peer', '--include-listeners', '--yes'];
      const { code, json, stderr } = await stage.sockscope([...words, '--json']);
      assert.deepEqual([code, json.results, json.withoutPeer[0].cookie], [4, [], cookie]);
      assert.match(stderr, /has a peer on this machine/);
      const text = await stage.sockscope(words);
      assert.match(text.stdout, /^no peer +127\.0\.0\.1:\d+ has no peer on this machine$/m);
      assert.equal((await one(cookie)).state, 'listen');
    });

    it('acts on those that have one, and names the others', async () => {
      const { listening } = await connectAll(far, near, cable[0] as Place, 'some', ['victim']);
      const words = ['destroy', `net:${there.inode}`, `:${listening.local[1]}`, '--end', 'peer', '--yes'];
      const { code, json } = await stage.sockscope([...words, '--json']);
      assert.equal(code, 0);
      assert.deepEqual(
        json.results.map(({ outcome }: { outcome: string }) => outcome),
        ['destroyed'],
      );
      assert.deepEqual(
        json.withoutPeer.map(({ cookie }: Socket) => cookie),
        [listening.cookie],
      );
      assert.equal(await near.errnoOf('receive', 'victim'), 'ECONNABORTED');
      assert.equal(await far.errnoOf('receive', 'victim'), 'ECONNRESET');
      await assertAccepts(far, near, cable[0] as Place, 'some');
    });

    it("both ends of another user's connection are denied", async () => {
      const [server, client] = [
        await stage.puppet({ netns: there, user: stranger }),
        await stage.puppet({ user: stranger }),
      ];
      const { pairs } = await connectAll(server, client, cable[0] as Place, 'l', ['c']);
      for (const { cookie } of [pairs.c.client, pairs.c.server]) {
        const words = ['destroy', `cookie:${cookie}`, '--end', 'peer', '--yes', '--json'];
        const { code, json } = await stage.sockscope(words);
        assert.deepEqual([code, json.results[0].outcome], [3, 'denied']);
      }
      await assertEchoes([client, 'c'], [server, 'c']);
    });
  });
});
