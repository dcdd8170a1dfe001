/** Only the next connection that matches is destroyed; the hooks are attached only while a request waits. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { type DestroyNextParams, type DestroyNextResult, destroyNext, moments } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldHooks, stillThere } from '../helpers/bpf-objects';
import { connectAll, type Place, places } from '../helpers/pairs';
import { commandAs, run, until } from '../helpers/programs';
import { type Address, assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { findOne } from '../helpers/targets';

const [ipv4] = places as [Place];

describe('destroy --next', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let broker: number;
  let server: Puppet;
  let peer: Puppet;
  before(async () => {
    stage = new Stage();
    agent = await stage.agent();
    broker = await agent.brokerPid();
    server = await stage.puppet();
    peer = await stage.puppet();
    await stage.victim([python, `${stage.folder}/tun.py`], { user: undefined });
  });
  after(() => stage?.close());

  /** The ids of the two hooks, once they are attached. */
  function attached(): Promise<number[]> {
    return until('both hooks are attached', () => {
      const hooks = heldHooks(broker);
      return hooks.length === 2 ? hooks : null;
    });
  }

  async function assertDetached(hooks: number[]): Promise<void> {
    await until('the hooks are closed', () => heldHooks(broker).length === 0);
    assert.deepEqual(await stillThere({ link: hooks }), { link: [] });
  }

  function cliNext(filter: string, at: string, wait = '20s') {
    return stage.sockscope([
      'destroy',
      '--next',
      ...filter.split(' '),
      '--at',
      at,
      '--wait',
      wait,
      '--yes',
      '--json',
    ]);
  }

  async function protocolNext(params: Omit<DestroyNextParams, 'waitMs'>) {
    return (await agent.client()).request(destroyNext, { waitMs: 20_000, ...params });
  }

  for (const place of places)
    for (const at of moments) {
      const say = (what: string) => `${what}, ${place.family}, at ${at}`;

      it(say('by the command line'), async () => {
        const listener = say('cli');
        const { listening } = await connectAll(server, peer, place, listener, ['older']);
        const waiting = cliNext(`remote:${listening.local[1]}`, at);
        const hooks = await attached();
        await peer.connect('victim', { family: place.family, to: listening.local, wait: false });
        const { code, json, stderr } = await waiting;
        assert.equal(code, 0, stderr);
        assert.equal(json.results.length, 1);
        assert.equal(json.results[0].outcome, 'destroyed');
        assert.equal(json.results[0].cookie, (await peer.info('victim')).cookie);
        assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
        await assertDetached(hooks);
        await assertOthersLive(place, listener);
      });

      it(say('by the protocol'), async () => {
        const listener = say('protocol');
        const { listening } = await connectAll(server, peer, place, listener, ['older']);
        const waiting = protocolNext({ filter: `remote:${listening.local[1]} pid:${peer.pid}`, at });
        const hooks = await attached();
        await peer.connect('victim', { family: place.family, to: listening.local, wait: false });
        const { result, socket } = await waiting;
        assert.equal(result?.outcome, 'destroyed', result?.message);
        assert.equal(socket?.cookie, (await peer.info('victim')).cookie);
        assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');
        await assertDetached(hooks);
        await assertOthersLive(place, listener);
      });
    }

  /** The connection from before, in the same process and to the same port, and one that comes after. */
  async function assertOthersLive({ family }: Place, listener: string): Promise<void> {
    await assertEchoes([peer, 'older'], [server, 'older']);
    await peer.connect('later', { family, to: (await server.info(listener)).local });
    let accepted = (await server.accept('later', listener)).remote;
    // The victim's own end may have been queued before it died.
    while (accepted?.[1] !== (await peer.info('later')).local[1])
      accepted = (await server.accept('later', listener)).remote;
    await assertEchoes([peer, 'later'], [server, 'later']);
  }

  for (const place of places)
    it(`a UDP socket as it is connected, ${place.family}`, async () => {
      const binding = { ...place, protocol: 'udp', address: place.loopback } as const;
      const { local } = await server.bind('udp', binding);
      const waiting = cliNext(`proto:udp remote:${local[1]}`, 'connect');
      const hooks = await attached();
      await peer.connect('udp', { family: place.family, protocol: 'udp', to: local });
      const { code, stderr } = await waiting;
      assert.equal(code, 0, stderr);
      assert.equal(await peer.errnoOf('receive', 'udp'), 'ECONNABORTED');
      await assertDetached(hooks);
    });

  it('connections to other ports survive, and without a match in time it is exit 4', async () => {
    const { listening } = await connectAll(server, peer, ipv4, 'other', []);
    const waiting = cliNext(`remote:${listening.local[1] ^ 1}`, 'connect', '4s');
    const hooks = await attached();
    await peer.connect('bystander', { family: 'ipv4', to: listening.local });
    await server.accept('bystander', 'other');
    const { code, json, stderr } = await waiting;
    assert.equal(code, 4);
    assert.match(stderr, /For those of others: sudo \S+ \S+ agent restart --scope all/);
    assert.deepEqual(json.results, []);
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await assertDetached(hooks);
  });

  it('a connection that is never established: destroyed at connect, left alone at established', async () => {
    const to = ['10.9.0.2', 81] as const;
    const early = cliNext('remote:81', 'connect');
    await attached();
    await peer.connect('victim', { family: 'ipv4', to, wait: false });
    assert.equal((await early).code, 0);
    assert.equal(await peer.errnoOf('receive', 'victim'), 'ECONNABORTED');

    const late = cliNext('remote:81', 'established', '4s');
    await attached();
    const { cookie } = await peer.connect('bystander', { family: 'ipv4', to, wait: false });
    assert.equal((await late).code, 4);
    assert.equal((await findOne(await agent.client(), `cookie:${cookie}`)).state, 'syn-sent');
  });

  it('a cancelled request detaches the hooks and destroys nothing', async () => {
    const { listening } = await connectAll(server, peer, ipv4, 'cancelled', []);
    const source = new CancellationTokenSource();
    const params = { filter: `remote:${listening.local[1]}`, at: 'connect', waitMs: 60_000 } as const;
    const answer = (await agent.client()).request(destroyNext, params, source.token);
    const hooks = await attached();
    source.cancel();
    assert.deepEqual(await answer, { result: null, socket: null, dropped: 0 });
    await assertDetached(hooks);
    await peer.connect('bystander', { family: 'ipv4', to: listening.local });
    await server.accept('bystander', 'cancelled');
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
  });

  it('several requests wait at the same time, each for its own filter; the last to end detaches the hooks', async () => {
    const { listening } = await connectAll(server, peer, ipv4, 'first', []);
    const { listening: another } = await connectAll(server, peer, ipv4, 'second', []);
    const [first, second, third] = [await agent.client(), await agent.client(), await agent.client()];
    const params = (to: Address) =>
      ({ filter: `remote:${to[1]}`, at: 'established', waitMs: 60_000 }) as const;
    const answers = [
      first.request(destroyNext, params(listening.local)),
      second.request(destroyNext, params(another.local)),
    ];
    void third.request(destroyNext, { ...params(another.local), filter: 'remote:9' }).catch(() => {});
    const hooks = await attached();
    await connectUntil('to second', 'second', answers[1]);
    await connectUntil('to first', 'first', answers[0]);
    assert.deepEqual(heldHooks(broker), hooks);
    third.close();
    await assertDetached(hooks);
  });

  /** Nobody sees whether the kernel knows a request that is not the first: connects again where it did not, of which one is destroyed. */
  async function connectUntil(
    name: string,
    listener: string,
    answer: Promise<DestroyNextResult> | undefined,
  ): Promise<void> {
    const { local: to } = await server.info(listener);
    const made: string[] = [];
    let result: DestroyNextResult['result'] | undefined;
    const answered = answer?.then((found) => {
      result = found.result;
    });
    while (result === undefined) {
      made.push(`${name}, ${made.length}`);
      await peer.connect(made.at(-1) ?? '', { family: 'ipv4', to });
      await server.accept(made.at(-1) ?? '', listener);
      await Promise.race([answered, sleep(500)]);
    }
    assert.equal(result?.outcome, 'destroyed');
    const errnos = await Promise.all(made.map((each) => peer.pending(each)));
    assert.deepEqual(errnos.filter(Boolean), ['ECONNABORTED']);
  }

  it('says that a connection may have been missed, where events were lost', async () => {
    const waiting = cliNext('remote:127.0.0.1:1', 'connect', '4s');
    await attached();
    process.kill(broker, 'SIGSTOP');
    try {
      const storm = `import socket
for _ in range(8000):
    with socket.socket() as one: one.connect_ex(("127.0.0.1", 1))`;
      // The agent waits for its broker for 10 s only.
      const around = { user: stage.user, netns: stage.netns };
      await run(['nice', '-n', '-15', ...commandAs([python, '-c', storm], around)]);
    } finally {
      process.kill(broker, 'SIGCONT');
    }
    const { code, stderr } = await waiting;
    assert.equal(code, 4, stderr);
    assert.match(stderr, /was made in 4s and stayed .*, or it was missed: \d+ events were lost/);
  });
});
