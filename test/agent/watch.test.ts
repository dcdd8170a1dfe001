/** `sockscope list --watch`: sockets that are added, changed and closed, in order, with the reason of an end. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentProcess } from '../helpers/agent-process';
import { heldTracepoints } from '../helpers/bpf-objects';
import type { Netns } from '../helpers/netns';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { type RunOptions, run, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { WatchCommand } from '../helpers/watching';

const [ipv4] = places as [Place];
/** Makes more events than the kernel keeps for a broker that does not read them. */
const churn = `
import socket
for _ in range(10000):
    one = socket.socket()
    one.connect_ex(("127.0.0.1", 1))
    one.close()
`;

const here = { family: 'ipv4', address: '127.0.0.1' } as const;

describe('list --watch', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let there: Netns;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    there = stage.makeNetns('b');
    stage.netns.join(there);
    // Without time-wait, a connection is closed when its two ends are.
    for (const netns of [stage.netns, there]) netns.sysctl('net.ipv4.tcp_max_tw_buckets', 0);
    agent = await stage.agent();
    server = await stage.puppet();
    peer = await stage.puppet();
  });
  after(() => stage?.close());

  const started: WatchCommand[] = [];
  async function start(words: readonly string[], runOptions?: RunOptions): Promise<WatchCommand> {
    const watching = await WatchCommand.start(stage, words, runOptions);
    started.push(watching);
    return watching;
  }

  const mine = (...words: string[]) => start([`net:${stage.netns.inode}`, ...words, '--json']);

  async function connect(name: string): Promise<Pair> {
    return (await connectAll(server, peer, ipv4, `l ${name}`, [name])).pairs[name] as Pair;
  }

  describe('the reason of an end', () => {
    let watching: WatchCommand;
    before(async () => {
      watching = await mine();
    });

    async function assertReasons(
      { client, server }: Pair,
      ofClient: string,
      ofServer: string,
    ): Promise<void> {
      const found = [(await watching.closed(client)).reason, (await watching.closed(server)).reason];
      assert.deepEqual(found, [ofClient, ofServer]);
    }

    for (const engine of ['bpf', 'sock_diag'])
      it(`destroyed-by-sockscope, by ${engine}; its peer reset-by-peer`, async () => {
        const pair = await connect(`ours ${engine}`);
        await watching.added(pair.client);
        const words = ['destroy', `cookie:${pair.client.cookie}`, '--engine', engine, '--yes'];
        assert.equal((await stage.sockscope(words)).code, 0);
        await assertReasons(pair, 'destroyed-by-sockscope', 'reset-by-peer');
      });

    it('destroyed-by-other, by ss -K; its peer reset-by-peer', async () => {
      const pair = await connect('ss');
      await watching.added(pair.client);
      const [, port] = pair.client.local;
      const { stdout } = await run(['ss', '-KtnH', `sport = :${port}`], { netns: stage.netns });
      assert.match(stdout, new RegExp(`:${port} `), 'this kernel lets ss destroy');
      await assertReasons(pair, 'destroyed-by-other', 'reset-by-peer');
    });

    it('closed, and closed-by-peer', async () => {
      const pair = await connect('closed');
      await watching.added(pair.client);
      await peer.close('closed');
      assert.equal((await server.receive('closed')).text, '');
      await server.close('closed');
      await assertReasons(pair, 'closed', 'closed-by-peer');
    });

    it('closed by the server first', async () => {
      const pair = await connect('server first');
      await watching.added(pair.client);
      await server.close('server first');
      assert.equal((await peer.receive('server first')).text, '');
      await peer.close('server first');
      await assertReasons(pair, 'closed-by-peer', 'closed');
    });

    it('reset-by-peer; its peer closed', async () => {
      const pair = await connect('linger');
      await watching.added(pair.client);
      await peer.reset('linger');
      assert.equal(await server.errnoOf('receive', 'linger'), 'ECONNRESET');
      await assertReasons(pair, 'closed', 'reset-by-peer');
    });

    it('process-exited; its peer closed-by-peer', async () => {
      const victim = await stage.puppet();
      const { local } = await server.listen('l exit', here);
      const client = await victim.connect('c', { family: 'ipv4', to: local });
      const accepted = await server.accept('exit', 'l exit');
      const udp = await victim.bind('udp', { ...here, protocol: 'udp' });
      const listening = await victim.listen('l', here);
      for (const described of [client, udp, listening]) await watching.added(described);
      await victim.stop();
      assert.equal((await server.receive('exit')).text, '');
      await server.close('exit');
      await assertReasons({ client, server: accepted }, 'process-exited', 'closed-by-peer');
      for (const described of [udp, listening])
        assert.equal((await watching.closed(described)).reason, 'process-exited');
    });

    it('timed-out', async () => {
      const far = await stage.puppet({ netns: there });
      const place = { family: 'ipv4', loopback: '10.77.0.2' } as const;
      const { pairs } = await connectAll(far, peer, place, 'l', ['c']);
      await watching.added(pairs.c.client);
      await peer.setOptions('c', { TCP_USER_TIMEOUT: 500 });
      there.cut();
      await peer.send('c', 'into the dark');
      assert.equal((await watching.closed(pairs.c.client)).reason, 'timed-out');
      assert.equal(await peer.errnoOf('receive', 'c'), 'ETIMEDOUT');
    });

    it('closed: listeners, bound ports and UDP sockets, too', async () => {
      const made = {
        listening: await server.listen('gone l', here),
        bound: await server.bind('gone b', here),
        udp: await server.bind('gone u', { ...here, protocol: 'udp' }),
      };
      for (const described of Object.values(made)) await watching.added(described);
      for (const name of ['gone l', 'gone b', 'gone u']) await server.close(name);
      for (const [kind, described] of Object.entries(made))
        assert.equal((await watching.closed(described)).reason, 'closed', kind);
    });

    it('unknown, where events were lost: what comes later is not the reason', async () => {
      const pair = await connect('lost');
      await watching.added(pair.server);
      const broker = await agent.brokerPid();
      process.kill(broker, 'SIGSTOP');
      try {
        // The agent waits for its broker for 10 s only.
        await run(['nice', '-n', '-15', python, '-c', churn], { netns: stage.netns });
        await peer.close('lost');
      } finally {
        process.kill(broker, 'SIGCONT');
      }
      await until('the listing after the loss', () =>
        watching.of(pair.server).find(({ socket }) => socket.state === 'close-wait'),
      );
      // The peer is gone, and answers with a reset, which is no reason: it had closed before.
      await server.send('lost', 'too late');
      assert.equal((await watching.closed(pair.server)).reason, 'unknown');
      await server.close('lost');
      const later = await connect('later');
      await watching.added(later.client);
      await peer.close('later');
      await server.close('later');
      await assertReasons(later, 'closed', 'closed-by-peer');
    });

    it('unknown, in the observer', async () => {
      const alone = await start(['--json'], { user: stranger });
      assert.match(alone.stderr, /^Watching by polling every two seconds.*Ctrl-C ends it\.\n$/);
      const pair = await connect('observed');
      await alone.added(pair.client);
      await peer.close('observed');
      await server.close('observed');
      assert.equal((await alone.closed(pair.client)).reason, 'unknown');
    });
  });

  it('prints added, changed, closed, in this order, and only for sockets that match', async () => {
    const listening = await server.listen('order', here);
    const watching = await mine(`:${listening.local[1]}`, '-state:listen');
    const before = Date.now();
    await peer.connect('order', { family: 'ipv4', to: listening.local });
    const accepted = await server.accept('order', 'order');
    await watching.added(accepted);
    const { pairs } = await connectAll(server, peer, ipv4, 'elsewhere', ['unmatched']);
    await peer.shutdown('order');
    await until('the change is printed', () =>
      watching.of(accepted).some(({ event }) => event === 'changed'),
    );
    await server.close('order');
    await peer.close('order');
    const last = await watching.closed(accepted);

    const events = watching.of(accepted);
    assert.deepEqual([events[0]?.event, events.at(-1)?.event], ['added', 'closed']);
    assert.ok(events.slice(1, -1).every(({ event }) => event === 'changed'));
    assert.ok(events.some(({ event, socket }) => event === 'changed' && socket.state === 'close-wait'));
    assert.equal(last.reason, 'closed-by-peer');
    assert.ok(events.slice(0, -1).every(({ reason }) => reason === null));
    for (const change of watching.changes) {
      assert.deepEqual(Object.keys(change), ['schema', 'event', 'at', 'socket', 'reason']);
      assert.equal(change.schema, 1);
      assert.match(change.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Date.parse(change.at) >= before && Date.parse(change.at) <= Date.now());
      assert.equal(change.socket.local.port, listening.local[1]);
    }
    assert.deepEqual([watching.of(pairs.unmatched.client), watching.of(listening)], [[], []]);
  });

  it('text has one line for each change', async () => {
    const listening = await server.listen('text', here);
    const watching = await start([`:${listening.local[1]}`, '-state:listen']);
    const near = await peer.connect('text', { family: 'ipv4', to: listening.local });
    await server.accept('text', 'text');
    await until('it is added', () => watching.lines.some((line) => line.includes(' added ')));
    await peer.reset('text');
    const last = await until('it is closed', () => watching.lines.find((line) => line.includes(' closed ')));
    const tuple = `127.0.0.1:${listening.local[1]} -> 127.0.0.1:${near.local[1]}`.replaceAll('.', '\\.');
    const time = '\\d\\d:\\d\\d:\\d\\d\\.\\d{3}';
    assert.match(watching.lines[0] ?? '', new RegExp(`^${time} added {3}tcp ${tuple} .* established$`));
    assert.match(
      last,
      new RegExp(`^${time} closed {2}tcp ${tuple} python3/${server.pid} \\S+ reset-by-peer$`),
    );
  });

  it('a connection is printed before anything else happens', async () => {
    const { local } = await server.listen('soon', here);
    const watching = await mine(`remote:${local[1]}`);
    for (let count = 0; count < 10; count++) {
      await sleep(150);
      await watching.added(await peer.connect(`soon ${count}`, { family: 'ipv4', to: local }));
    }
  });

  describe('the end of a watch', () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      it(`${signal}: exit 0, and nothing more on standard error`, async () => {
        const watching = await mine();
        watching.signal(signal);
        assert.equal(await watching.ended(), 0);
        assert.equal(watching.stderr, 'Watching. Ctrl-C ends it.\n');
      });

    it('a closed pipe: quietly', async () => {
      const listening = await server.listen('epipe', here);
      const watching = await mine(`remote:${listening.local[1]}`);
      watching.closeOutput();
      await peer.connect('epipe', { family: 'ipv4', to: listening.local });
      assert.equal(await watching.ended(), 0);
      assert.equal(watching.stderr, 'Watching. Ctrl-C ends it.\n');
    });
  });

  it('no hook is attached without a watch', async () => {
    const brokerPid = await agent.brokerPid();
    const attached = () => heldTracepoints(brokerPid).length;
    assert.ok(attached() > 0);
    for (const watching of started) await watching.stop();
    await until('the events are detached', () => attached() === 0);
    const watching = await mine();
    assert.ok(attached() > 0);
    watching.signal('SIGINT');
    await watching.ended();
    await until('they are detached again', () => attached() === 0);
  });

  it('the end of the agent: exit 1, with a message', async () => {
    const watching = await mine();
    await agent.stop();
    assert.equal(await watching.ended(), 1);
    assert.match(watching.stderr, /^sockscope: The agent has ended/m);
  });

  it('root without an agent watches with a private broker', async () => {
    const asRoot = { user: undefined, environment: { SUDO_UID: '64998' } };
    const watching = await start([`net:${stage.netns.inode}`, '--json'], asRoot);
    assert.equal(watching.stderr, 'Watching. Ctrl-C ends it.\n');
    const pair = await connect('direct');
    await watching.added(pair.client);
    await peer.reset('direct');
    assert.equal((await watching.closed(pair.server)).reason, 'reset-by-peer');
    watching.signal('SIGINT');
    assert.equal(await watching.ended(), 0);
  });
});
