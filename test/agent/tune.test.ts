/** Tuning living connections of other programs: what their owners read back, what is given back, and that a dead peer is noticed. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listAll } from '../../agent/client/list-all';
import { tuneAll } from '../../agent/client/liveness/tune';
import { ErrorCode, type Target, type Tuning, targetOf, tuneSockets } from '../../agent/protocol';
import { auditLines } from '../helpers/audit';
import type { Netns } from '../helpers/netns';
import { run, until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { unusedCookie } from '../helpers/sockets';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const options = ['SO_KEEPALIVE', 'TCP_KEEPIDLE', 'TCP_KEEPINTVL', 'TCP_KEEPCNT', 'TCP_USER_TIMEOUT'];
const asked: Tuning = { keepalive: { idleS: 30, intervalS: 10, probes: 3 }, userTimeoutMs: 20_000 };
const asSet = {
  SO_KEEPALIVE: 1,
  TCP_KEEPIDLE: 30,
  TCP_KEEPINTVL: 10,
  TCP_KEEPCNT: 3,
  TCP_USER_TIMEOUT: 20_000,
};
const addresses = ['10.77.0.2', 'fd77::2'];

describe('tune', { skip: withoutRoot }, () => {
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
  async function connect(name: string, address = '10.77.0.2', from = client): Promise<string> {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const { local } = await server.listen(`of ${name}`, { family, address });
    const { cookie } = await from.connect(name, { family, to: local });
    await server.accept(name, `of ${name}`);
    return cookie;
  }

  async function targetOfCookie(cookie: string): Promise<Target> {
    const { sockets } = await listAll(await stage.clientOfUser(), `cookie:${cookie}`);
    assert.ok(sockets[0]);
    return targetOf(sockets[0]);
  }

  async function outcomesOf(targets: readonly Target[], tuning: Tuning | null): Promise<string[]> {
    const results = await tuneAll(await stage.clientOfUser(), targets, tuning);
    return results.map(({ outcome }) => outcome);
  }

  for (const address of addresses)
    it(`sets what its owner reads back, and gives back what was, over ${address}`, async () => {
      const name = `set ${address}`;
      const cookie = await connect(name, address);
      await client.setOptions(name, { TCP_KEEPIDLE: 77, TCP_USER_TIMEOUT: 1234 });
      const untuned = await client.getOptions(name, options);
      const since = new Date();
      const words = ['tune', `cookie:${cookie}`, '--yes', '--keepalive', '30s/10s/3'];
      const first = await stage.sockscope([...words, '--user-timeout', '20s']);
      assert.deepEqual([first.code, first.stderr], [0, '']);
      assert.match(first.stdout, /^tuned +\S+ -> \S+ of python3\/\d+: idle never -> about 40 s, sending /);
      assert.deepEqual(await client.getOptions(name, options), asSet);
      const looked = await stage.sockscope(['liveness', `cookie:${cookie}`]);
      // And twice the first timer: 3 s, where a SYN was lost.
      assert.match(looked.stdout, / about 40 s +about 2\d/);
      assert.equal((await stage.sockscope([...words, '--user-timeout', 'off'])).code, 0);
      assert.deepEqual(await client.getOptions(name, options), { ...asSet, TCP_USER_TIMEOUT: 0 });
      const restored = await stage.sockscope(['tune', `cookie:${cookie}`, '--restore']);
      assert.deepEqual([restored.code, restored.stdout.split(' ')[0]], [0, 'restored']);
      assert.deepEqual(await client.getOptions(name, options), untuned);
      const again = await stage.sockscope(['tune', `cookie:${cookie}`, '--restore']);
      assert.equal(again.code, 1);
      assert.match(again.stdout, /^unknown +What .* had before is not known/);
      assert.deepEqual(
        auditLines(stage.user.uid, since)
          .filter((line) => line.cookie === cookie && line.phase === 'outcome')
          .map((line) => [line.act, line.outcome, line.claimed.method]),
        [
          ['tune', 'tuned', 'sockets/tune'],
          ['tune', 'tuned', 'sockets/tune'],
          ['restore', 'tuned', 'sockets/tune'],
          ['restore', 'unknown', 'sockets/tune'],
        ],
      );
      await client.reset(name);
    });

  it('gives back only what was changed', async () => {
    const cookie = await connect('part');
    const target = await targetOfCookie(cookie);
    assert.deepEqual(await outcomesOf([target], { userTimeoutMs: 5000 }), ['tuned']);
    await client.setOptions('part', { SO_KEEPALIVE: 1, TCP_KEEPIDLE: 40 });
    assert.deepEqual(await outcomesOf([target], null), ['restored']);
    assert.deepEqual(await client.getOptions('part', ['SO_KEEPALIVE', 'TCP_KEEPIDLE', 'TCP_USER_TIMEOUT']), {
      SO_KEEPALIVE: 1,
      TCP_KEEPIDLE: 40,
      TCP_USER_TIMEOUT: 0,
    });
    await client.reset('part');
  });

  it('leaves the times of keepalive where that is turned off', async () => {
    const target = await targetOfCookie(await connect('off'));
    const own = { SO_KEEPALIVE: 1, TCP_KEEPIDLE: 77, TCP_KEEPINTVL: 7, TCP_KEEPCNT: 5 };
    await client.setOptions('off', own);
    assert.deepEqual(await outcomesOf([target], { keepalive: null }), ['tuned']);
    assert.deepEqual(await client.getOptions('off', Object.keys(own)), { ...own, SO_KEEPALIVE: 0 });
    assert.deepEqual(await outcomesOf([target], null), ['restored']);
    assert.deepEqual(await client.getOptions('off', Object.keys(own)), own);
    await client.reset('off');
  });

  it('leaves alone what could not be given back', async () => {
    const target = await targetOfCookie(await connect('far'));
    const sysctl = 'net.ipv4.tcp_keepalive_time';
    stage.netns.sysctl(sysctl, 40_000); // more than setsockopt() takes
    try {
      const before = await client.getOptions('far', options);
      const [result] = await tuneAll(await stage.clientOfUser(), [target], asked);
      assert.deepEqual([result?.outcome, result?.errno], ['failed', 'EINVAL']);
      assert.match(result?.message ?? '', /was left alone: .* tcp_keepalive_time of more than 32767 s$/);
      assert.deepEqual(await client.getOptions('far', options), before);
      assert.deepEqual(await outcomesOf([target], { userTimeoutMs: 5000 }), ['tuned']);
      assert.deepEqual(await outcomesOf([target], null), ['restored']);
      assert.deepEqual(await client.getOptions('far', options), before);
    } finally {
      stage.netns.sysctl(sysctl, 7200);
    }
    await client.reset('far');
  });

  it('leaves what is named wrongly, and what is no connection', async () => {
    const cookie = await connect('meant');
    const untuned = await client.getOptions('meant', options);
    const target = await targetOfCookie(cookie);
    const other = { ...target, local: { ...target.local, port: target.local.port + 1 } };
    const unused = { ...target, cookie: unusedCookie };
    const { cookie: listening } = await client.listen('listens', { family: 'ipv4', address: '10.77.0.1' });
    const listener = await targetOfCookie(listening);
    assert.deepEqual(await outcomesOf([other, unused, listener], asked), ['changed', 'gone', 'unsupported']);
    assert.deepEqual(await client.getOptions('meant', options), untuned);
    await client.reset('meant');
    const none = await stage.sockscope(['tune', `cookie:${cookie}`, '--user-timeout', '3s', '--yes']);
    assert.equal(none.code, 4);
    await client.close('listens');
  });

  it("denies another user's connection, and needs the agent", async () => {
    const bob = await stage.puppet({ user: stranger });
    const cookie = await connect('theirs', '10.77.0.2', bob);
    const untuned = await bob.getOptions('theirs', options);
    const since = new Date();
    const words = ['tune', `cookie:${cookie}`, '--user-timeout', '3s', '--yes'];
    const { code, stdout } = await stage.sockscope(words);
    assert.equal(code, 3);
    assert.match(stdout, /^denied +.* belongs to another user: an agent with scope all may tune it: /);
    assert.deepEqual(await bob.getOptions('theirs', options), untuned);
    assert.deepEqual(
      auditLines(stage.user.uid, since)
        .filter((line) => line.cookie === cookie)
        .map((line) => [line.phase, line.act, line.by]),
      [['refusal', 'tune', 'scope']],
    );
    const observer = await stage.observer();
    const target = await targetOfCookie(cookie);
    await assert.rejects(observer.request(tuneSockets, { targets: [target], tuning: asked }), {
      code: ErrorCode.needsAgent,
    });
    await bob.reset('theirs');
  });

  it('lets a program notice a dead peer in the time that is predicted', async (t) => {
    for (const address of addresses)
      for (const what of ['idle', 'sending', 'deaf']) await connect(`${what} ${address}`, address);
    const deaf = addresses.map((address) => `deaf ${address}`);
    const cookies = async (what: string) =>
      Promise.all(addresses.map(async (address) => (await client.info(`${what} ${address}`)).cookie));
    // What comes to the peer has no answer any more.
    await run(['ip', 'route', 'add', 'blackhole', '10.77.0.1/32'], { netns: elsewhere });
    await run(['ip', '-6', 'route', 'add', 'blackhole', 'fd77::1/128'], { netns: elsewhere });
    const tuned = await stage.sockscope([
      'tune',
      `cookie:${[...(await cookies('idle')), ...(await cookies('sending'))].join()}`,
      ...['--keepalive', '6s/3s/2', '--user-timeout', '12s', '--yes'],
    ]);
    assert.deepEqual([tuned.code, tuned.stderr], [0, '']);
    const began = performance.now();
    for (const address of addresses) await client.send(`sending ${address}`, 'lost');
    const took = new Map<string, number>();
    await until('all have noticed', async () => {
      for (const what of ['idle', 'sending'])
        for (const address of addresses) {
          const name = `${what} ${address}`;
          if (took.has(name) || (await client.pending(name)) !== 'ETIMEDOUT') continue;
          took.set(name, performance.now() - began);
        }
      return took.size === 4;
    });
    // By the formulas of predict(): 6 s and two intervals; 12 s and twice the first timeout of 200 ms.
    for (const [name, ms] of took) {
      const predicted = name.startsWith('idle') ? 12_000 : 12_400;
      // By the kernel's clock never sooner; how much later it is seen here, the load of the machine decides, too.
      assert.ok(ms > 0.9 * predicted, `${name}: ${ms} ms, predicted ${predicted}`);
      t.diagnostic(`${name}: ${ms.toFixed(0)} ms, predicted ${predicted}`);
    }
    for (const name of deaf) {
      await client.send(name, 'still open');
      assert.equal(await client.pending(name), null);
      await client.reset(name);
    }
  });
});
