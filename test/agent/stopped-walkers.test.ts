/**
 * A walker that is stopped holds up the request that waits for it, and no other: these are answered before that one is over, which
 * ends at its deadline.
 */

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { monotonic } from '../../agent/broker-link/clock';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import { forkBroker } from '../../agent/broker-link/native';
import { ownNamespace } from '../../agent/common/own-namespace';
import type { EngineChoice } from '../../agent/protocol';
import { auditLines } from '../helpers/audit';
import { caller } from '../helpers/caller';
import { children } from '../helpers/children';
import { isRunning } from '../helpers/holders/descendants';
import { connectErrno } from '../helpers/outages';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { end, run, start, until, which } from '../helpers/programs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { isStopped, signalNextWalker } from '../helpers/signal-walker';
import { Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const home = ownNamespace();

/** A busy machine may take longer than a walker's deadline. */
const maxTries = 10;

const timedOut = constants.errno.ETIMEDOUT;

/** A request whose walker is stopped. */
interface Held<Answer> {
  readonly walker: number;
  readonly answer: Promise<Answer>;
  isOver(): boolean;
}

describe('a walker that is stopped', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let server: Puppet;
  let peer: Puppet;
  let held: SocketInfo;
  let made = 0;
  before(async () => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
    await broker.features();
    server = await stage.puppet();
    peer = await stage.puppet();
    held = await server.listen('held', { family: 'ipv4', address: '127.0.0.1' });
  });
  after(async () => {
    broker?.close();
    await stage?.close();
  });

  /** A connection, by the name that it has at both ends, and the peer's end as a target. */
  async function connect(): Promise<{ name: string; target: DestroyRecord }> {
    const name = `connection ${made++}`;
    const { pairs } = await connectAll(server, peer, ipv4, `for ${name}`, [name]);
    await server.close(`for ${name}`);
    const { cookie, local } = (pairs[name] as Pair).client;
    const listing = await broker.list({ ports: [local[1]], namespaces: [stage.netns.inode] });
    const record = socketsOf(listing).find((one) => one.record.cookie === cookie)?.record;
    assert.ok(record, `${name} is listed`);
    return { name, target: { ...record, owner: peer.pid } };
  }

  const assertLives = (name: string) => assertEchoes([peer, name], [server, name]);
  const assertDestroyed = async (name: string) =>
    assert.deepEqual(
      [await peer.pending(name), await server.pending(name)],
      ['ECONNABORTED', 'ECONNRESET'],
      name,
    );

  /** `prepare`: what has walkers of its own comes before. */
  async function hold<Answer>(prepare: () => Promise<() => Promise<Answer>>): Promise<Held<Answer>> {
    const ask = await prepare();
    const stopped = await signalNextWalker(stage, broker.pid, 'SIGSTOP', 0);
    let over = false;
    const answer = ask().finally(() => {
      over = true;
    });
    answer.catch(() => {});
    const walker = await stopped();
    assert.notEqual(walker, 0, 'a walker was stopped');
    return { walker, answer, isOver: () => over };
  }

  /** Holds one while something is done, again where its deadline came first. */
  async function during<Answer>(
    prepare: () => Promise<() => Promise<Answer>>,
    act: () => Promise<void>,
  ): Promise<Held<Answer>> {
    for (let tries = 0; tries < maxTries; tries++) {
      const held = await hold(prepare);
      await act();
      if (!held.isOver()) return held;
    }
    throw new Error('Others were not answered before it was over');
  }

  async function assertNothingLeft({ walker }: Held<unknown>): Promise<void> {
    await until('the walker has ended', () => !isRunning(walker));
    await until('no walker is left', () => children(broker.pid).length === 0);
    const { name, target } = await connect();
    const [reply] = await broker.destroy(caller, 'auto', [target]);
    assert.deepEqual([reply?.status, reply?.engine], ['done', 'bpf']);
    await assertDestroyed(name);
  }

  /** What another client may ask for meanwhile. */
  const others: Record<string, () => Promise<void>> = {
    status: async () => assert.equal(await broker.silentMs(), 0),
    'a list of all': async () => assert.ok(socketsOf(await broker.list()).length > 0),
    'a list of one process': async () => {
      const listing = await broker.list({ ports: [], namespaces: [], processes: [server.pid] });
      assert.ok(socketsOf(listing).some(({ record }) => record.cookie === held.cookie));
    },
    'a list of the own namespace': async () => {
      const { namespaces } = await broker.list({ ports: [1], namespaces: [home] });
      assert.deepEqual(namespaces, [{ netns: home, errno: null }]);
    },
    'a destroy of another socket': async () => {
      const { name, target } = await connect();
      const [reply] = await broker.destroy(caller, 'auto', [target]);
      assert.equal(reply?.status, 'done');
      await assertDestroyed(name);
    },
    'a bind': async () => {
      const trials = await broker.tryBinds(caller, {
        netns: stage.netns.inode,
        port: held.local[1],
        protocol: 'tcp',
      });
      assert.ok(trials.some(({ error }) => error === 'EADDRINUSE'));
    },
    'an outage and its end': async () => {
      const rule = { fault: 'refused', expiresAt: monotonic() + 60_000, holdMs: null, loss: null } as const;
      const whose = { uid: stage.user.uid, subordinates: [], pids: null, cookies: [] } as const;
      const what = { netns: stage.netns.inode, protocol: 'tcp', address: null, port: held.local[1] } as const;
      await broker.setOutage(caller, 0, { ...rule, ...whose, ...what });
      assert.equal(await connectErrno(peer, held.local), 'ECONNREFUSED');
      await broker.clearOutage(caller, 0);
      assert.equal(await peer.connectErrno(`try ${made++}`, { family: 'ipv4', to: held.local }), null);
    },
  };

  /** What is said of a victim is true, whether its walker had come to it before it was stopped. */
  const destroy = (engine: EngineChoice) => async () => {
    const { name, target } = await connect();
    return async () => {
      const [reply] = await broker.destroy(caller, engine, [target]);
      if (reply?.status === 'done') return assertDestroyed(name);
      assert.deepEqual([reply?.status, reply?.errno, reply?.remains], ['pending', timedOut, 'open']);
      await assertLives(name);
    };
  };

  const visit = async () => () => broker.list({ ports: [1], namespaces: [stage.netns.inode] });

  /** All that others may ask for, at once. */
  const all = async () => {
    await Promise.all(Object.values(others).map((ask) => ask()));
  };

  for (const engine of ['bpf', 'sock_diag'] as const)
    it(`lets others go on while it destroys by ${engine}, which ends at its deadline`, async () => {
      const held = await during(destroy(engine), all);
      await held.answer;
      await assertNothingLeft(held);
    });

  it('destroys nothing after its deadline, though it was frozen with the broker right before the act', {
    skip: which('strace') ? false : 'strace is not installed',
  }, async () => {
    const { name, target } = await connect();
    // Longer than a destroy may take. Each process is held once, after the first answer that it gets.
    const inject = ['--trace=recvfrom', '--inject=recvfrom:delay_exit=5s:when=1'];
    const strace = start(
      ['strace', '--follow-forks', `--attach=${broker.pid}`, ...inject],
      {},
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let traced = '';
    strace.stderr?.setEncoding('utf8').on('data', (text: string) => {
      traced += text;
    });
    const held = () => traced.match(/\(DELAYED\)$/gm)?.length ?? 0;
    await until('strace traces the broker', () => /attached/.test(traced));
    await broker.list({ ports: [1], namespaces: [home] });
    assert.equal(held(), 1, 'the broker itself is not held again');
    const answer = broker.destroy(caller, 'sock_diag', [target]);
    await until('the walker has found the socket', () => held() === 2);
    const [walker = 0] = children(broker.pid);
    process.kill(broker.pid, 'SIGSTOP');
    await until('the walker has ended', () => !isRunning(walker));
    await end(strace, 'SIGTERM');
    process.kill(broker.pid, 'SIGCONT');
    const [reply] = await answer;
    assert.deepEqual([reply?.status, reply?.errno, reply?.remains], ['pending', timedOut, 'open']);
    await assertLives(name);
  });

  for (const engine of ['bpf', 'sock_diag'] as const)
    it(`nothing is destroyed by ${engine} after the end that the request names, also where the broker was stopped`, async () => {
      const { name, target } = await connect();
      process.kill(broker.pid, 'SIGSTOP');
      const end = monotonic() + 100;
      const answer = broker.destroy(caller, engine, [target], { until: end });
      await until('its time is over', () => monotonic() > end);
      process.kill(broker.pid, 'SIGCONT');
      const [reply] = await answer;
      const { ECANCELED } = constants.errno;
      assert.deepEqual([reply?.status, reply?.errno, reply?.remains], ['pending', ECANCELED, 'open']);
      await assertLives(name);
    });

  it('has not destroyed what another program destroys meanwhile, as the kernel says', async () => {
    await broker.watchEvents();
    try {
      const isKilled = async () => {
        let victim = (await connect()).target;
        const held = await hold(async () => {
          victim = (await connect()).target;
          return () => broker.destroy(caller, 'auto', [victim]);
        });
        const filter = `sport = :${victim.local.port}`;
        const { stdout } = await run(['ss', '-KtnH', filter], { netns: stage.netns });
        const { ends } = await broker.list();
        if (isStopped(held.walker)) process.kill(held.walker, 'SIGCONT');
        await held.answer;
        const end = ends.find(({ cookie }) => cookie === victim.cookie);
        assert.deepEqual([end?.errno, end?.ours], [constants.errno.ECONNABORTED, stdout === '']);
        return stdout !== '';
      };
      // On a busy machine, the walker's deadline may come first, and another way destroys it.
      await until('ss destroys one first', isKilled);
    } finally {
      await broker.unwatchEvents();
    }
  });

  it('lets others go on while it visits a namespace for a list, which says what it could not read', async () => {
    const held = await during(visit, all);
    const { namespaces } = await held.answer;
    assert.deepEqual(namespaces, [{ netns: stage.netns.inode, errno: 'ETIMEDOUT' }]);
    await assertNothingLeft(held);
  });

  it('lets another list of all have what has changed, while events say to both what that is', async () => {
    await broker.watchEvents();
    let queued = 0;
    const { local } = await server.listen('queue', { family: 'ipv4', address: '127.0.0.1' });
    try {
      await during(
        async () => {
          await broker.list();
          await peer.connect(`queued ${queued++}`, { family: 'ipv4', to: local });
          return () => broker.list();
        },
        async () => {
          // Nobody holds the ends that wait to be accepted: a walker lists them.
          const waiting = socketsOf(await broker.list()).filter(
            ({ record, owners }) =>
              owners.length === 0 && record.local.port === local[1] && record.remote.port > 0,
          );
          assert.equal(waiting.length, queued);
        },
      );
    } finally {
      await broker.unwatchEvents();
    }
  });

  it('lets others go on while it tries a bind, which ends with who did not answer', async () => {
    const place = { netns: home, port: 9, protocol: 'udp' } as const;
    const held = await during(async () => () => broker.tryBinds(caller, place), all);
    await assert.rejects(
      held.answer,
      /wait for the walker that should try to bind the port failed with ETIMEDOUT/,
    );
    await assertNothingLeft(held);
  });

  it('lets another trial of the same port wait, which would find its socket there', async () => {
    const place = { netns: home, port: 2999, protocol: 'udp' } as const;
    const held = await hold(async () => () => broker.tryBinds(caller, place));
    await broker.tryBinds(caller, place);
    assert.ok(held.isOver());
    await assert.rejects(held.answer, /failed with ETIMEDOUT/);
    await assertNothingLeft(held);
  });

  it('may be one of two, for two requests: one goes on, one is killed, and both requests end', async () => {
    const walk = await during(destroy('bpf'), async () => {
      const visitor = await hold(visit);
      await others.status?.();
      process.kill(visitor.walker, 'SIGCONT');
      await visitor.answer;
    });
    // Another one takes its place.
    if (isStopped(walk.walker)) process.kill(walk.walker, 'SIGKILL');
    await walk.answer;
    await assertNothingLeft(walk);
  });

  it('ends with its agent: its request has its outcome in the audit log, and the broker ends', async () => {
    const since = new Date();
    const ended = broker;
    const { walker, answer } = await hold(destroy('bpf'));
    ended.close();
    await assert.rejects(answer, /The broker has ended/);
    await until('the walker has ended', () => !isRunning(walker));
    await until('the broker has ended', () => !isRunning(ended.pid));
    const phases = auditLines(stage.user.uid, since).map(({ phase }) => phase);
    assert.equal(phases.at(-1), 'outcome');
    assert.equal(
      phases.filter((phase) => phase === 'intent').length,
      phases.filter((phase) => phase === 'outcome').length,
    );
  });
});
