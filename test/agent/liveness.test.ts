/** After how long real connections would give up a dead peer, as said and as it happens. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listAll } from '../../agent/client/list-all';
import { waitingText } from '../../agent/client/liveness/liveness-text';
import { type LiveConnection, readLiveness } from '../../agent/client/liveness/read-liveness';
import { ErrorCode, limits, readTimers, targetOf } from '../../agent/protocol';
import type { Netns } from '../helpers/netns';
import { run, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { unusedCookie } from '../helpers/sockets';
import { Stage, withoutRoot } from '../helpers/stage';

/** Seconds, as setsockopt takes them: a dead peer is noticed after 3. */
const tuned = { SO_KEEPALIVE: 1, TCP_KEEPIDLE: 1, TCP_KEEPINTVL: 1, TCP_KEEPCNT: 2 };

describe('liveness', { skip: withoutRoot }, () => {
  let stage: Stage;
  let elsewhere: Netns;
  let client: Puppet;
  let server: Puppet;
  before(async () => {
    stage = new Stage();
    elsewhere = stage.makeNetns('elsewhere');
    stage.netns.join(elsewhere);
    await stage.agent();
    client = await stage.puppet();
    server = await stage.puppet({ netns: elsewhere });
  });
  after(() => stage?.close());

  /** A connection over the cable. */
  async function connect(name: string, address = '10.77.0.2'): Promise<string> {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const { local } = await server.listen(`of ${name}`, { family, address });
    const { cookie } = await client.connect(name, { family, to: local });
    await server.accept(name, `of ${name}`);
    return cookie;
  }

  async function read(...words: string[]): Promise<readonly LiveConnection[]> {
    const { code, stderr, json } = await stage.sockscope(['liveness', ...words, '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    return (json as { readonly connections: readonly LiveConnection[] }).connections;
  }

  async function readOne(cookie: string): Promise<LiveConnection> {
    const [found, ...others] = await read(`cookie:${cookie}`);
    assert.ok(found);
    assert.deepEqual(others, []);
    return found;
  }

  for (const address of ['10.77.0.2', 'fd77::2'])
    it(`says what a program has set, and else what its namespace has, over ${address}`, async () => {
      stage.netns.sysctl('net.ipv4.tcp_keepalive_time', 100);
      stage.netns.sysctl('net.ipv4.tcp_keepalive_intvl', 7);
      stage.netns.sysctl('net.ipv4.tcp_keepalive_probes', 3);
      stage.netns.sysctl('net.ipv4.tcp_retries2', 6);
      const name = `set ${address}`;
      const cookie = await connect(name, address);
      const unset = await readOne(cookie);
      assert.equal(unset.timers.keepalive, false);
      assert.equal(unset.idleMs, null);
      assert.equal(unset.timers.retries, 6);
      await client.setOptions(name, { SO_KEEPALIVE: 1 });
      assert.equal((await readOne(cookie)).idleMs, 121_000, 'of the namespace');
      await client.setOptions(name, { ...tuned, TCP_USER_TIMEOUT: 12_345 });
      const { timers, idleMs } = await readOne(cookie);
      const { keepalive, keepaliveIdleMs, keepaliveIntervalMs, keepaliveProbes, userTimeoutMs } = timers;
      assert.deepEqual(
        { keepalive, keepaliveIdleMs, keepaliveIntervalMs, keepaliveProbes, userTimeoutMs },
        {
          keepalive: true,
          keepaliveIdleMs: 1000,
          keepaliveIntervalMs: 1000,
          keepaliveProbes: 2,
          userTimeoutMs: 12_345,
        },
      );
      assert.equal(idleMs, 13_000);
      await client.reset(name);
    });

  it('shows the worst first, how to set it, and fails where more is expected', async () => {
    const names = ['deaf', 'hears'];
    const [deaf] = [await connect('deaf'), await connect('hears')];
    await client.setOptions('hears', { ...tuned, TCP_USER_TIMEOUT: 5000 });
    const words = ['liveness', `pid:${client.pid}`];
    const shown = await stage.sockscope(words);
    assert.deepEqual([shown.code, shown.stderr.split(':')[0]], [0, 'Python']);
    const lines = shown.stdout.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^PROCESS +CONNECTION +IDLE +SENDING +NOTES$/);
    assert.match(lines[1] ?? '', /^python3\/\d+ +10\.77\.0\.1:\d+ -> 10\.77\.0\.2:\d+ +never +about \d+/);
    assert.match(lines[2] ?? '', / about 5 s +about \d+(\.\d+)? s$/);
    assert.equal(lines.length, 3);
    const expecting = await stage.sockscope([...words, '--expect-within', '60s']);
    assert.equal(expecting.code, 1);
    assert.match(expecting.stderr, /^1 of 2 would not notice a dead peer within 1 min\.$/m);
    const hears = await stage.sockscope([...words, `-cookie:${deaf}`, '--expect-within', '60s']);
    assert.deepEqual([hears.code, hears.stderr], [0, '']);
    for (const name of names) await client.reset(name);
  });

  it('has more than fits for what its namespace sets so high, and not less', async () => {
    stage.netns.sysctl('net.ipv4.tcp_keepalive_time', 5_000_000);
    const cookie = await connect('patient');
    await client.setOptions('patient', { SO_KEEPALIVE: 1 });
    assert.equal((await readOne(cookie)).timers.keepaliveIdleMs, 2 ** 32 - 1);
    await client.reset('patient');
  });

  it('expects nothing of what is not known', async () => {
    const { local } = await server.listen('busy', { family: 'ipv4', address: '10.77.0.2' });
    const { local: from } = await client.connect('waiting', { family: 'ipv4', to: local });
    const unaccepted = ['liveness', `remote:${from[1]}`];
    const { code, stdout, stderr } = await stage.sockscope(unaccepted);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /^Not known of 1 more: /);
    assert.equal((await stage.sockscope([...unaccepted, '--expect-within', '24h'])).code, 1);
    await client.reset('waiting');
  });

  it('says nothing of what is not there, and needs the agent', async () => {
    const observer = await stage.observer();
    const cookie = await connect('there');
    const { sockets } = await listAll(observer, `cookie:${cookie}`);
    const [socket] = sockets;
    assert.ok(socket);
    const target = targetOf(socket);
    await assert.rejects(observer.request(readTimers, { targets: [target] }), {
      code: ErrorCode.needsAgent,
      message: /^Reading the timers of a connection needs the agent/,
    });
    const agent = await stage.clientOfUser();
    const other = { ...target, local: { ...target.local, port: target.local.port + 1 } };
    const { timers } = await agent.request(readTimers, {
      targets: [{ ...target, cookie: unusedCookie }, target, other],
    });
    assert.deepEqual(
      timers.map((each) => each?.keepalive ?? null),
      [null, false, null],
    );
    const many = Array.from({ length: limits.targets + 1 }, () => target);
    await assert.rejects(agent.request(readTimers, { targets: many }), /targets/);
    const none = await stage.sockscope(['liveness', 'remote:9', 'state:listen']);
    assert.equal(none.code, 4);
    await client.reset('there');
  });

  it('is what happens when the peer dies without a word', async () => {
    const idle = await connect('idle');
    await connect('deaf');
    const sending = await connect('sending');
    await client.setOptions('idle', tuned);
    await client.setOptions('sending', { TCP_USER_TIMEOUT: 10_000 });
    const predicted = [(await readOne(idle)).idleMs, (await readOne(sending)).sendingMs];
    const agent = await stage.clientOfUser();
    const { sockets } = await listAll(agent, `cookie:${sending}`);
    // What comes to the peer has no answer any more.
    await run(['ip', 'route', 'add', 'blackhole', '10.77.0.1/32'], { netns: elsewhere });
    const began = performance.now();
    await client.send('sending', 'lost');
    let waiting = '';
    await until('it is sent again', async () => {
      const { connections } = await readLiveness(agent, sockets);
      waiting = connections.map(waitingText).join();
      return waiting !== '';
    });
    assert.match(waiting, /^4 bytes unacknowledged, last answer .* ago, [1-9] retransmits$/);
    for (const [at, name] of ['idle', 'sending'].entries()) {
      await until(`${name} ends`, async () => (await client.pending(name)) === 'ETIMEDOUT');
      const took = performance.now() - began;
      // A second for what was idle before; the kernel's timers are never early.
      assert.ok(took > (predicted[at] ?? 0) * 0.9 - 1000, `${name}: ${took} ms, predicted ${predicted[at]}`);
    }
    await client.send('deaf', 'still open');
    await client.reset('deaf');
  });
});
