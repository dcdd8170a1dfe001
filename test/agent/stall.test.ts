/**
 * A process stalled inside send() holds its socket's lock, and a walk over all sockets hangs behind it, beyond the reach of
 * SIGKILL. Requests are answered all the same, and what was answered is never destroyed late.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import {
  type DestroyedSocket,
  type DestroyOptions,
  destroySockets,
  ErrorCode,
  inspectSocket,
  type Target,
} from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { heldBpf, stillThere } from '../helpers/bpf-objects';
import { children } from '../helpers/children';
import { isRunning } from '../helpers/holders/descendants';
import { assertAccepts, connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { assertPrivileges } from '../helpers/privileges';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { destroyOne, findOne, targetByCookie } from '../helpers/targets';

const [ipv4] = places as [Place];

/** Several, spread over the kernel's hash table, so that a walk meets one of them before it has met all targets. */
const stalled = ['stalled 1', 'stalled 2', 'stalled 3', 'stalled 4'] as const;
const targets = Array.from({ length: 24 }, (_, index) => `target ${index}`);

describe('a stalled walk', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Client;
  let broker: number;
  let server: Puppet;
  let peer: Puppet;
  let staller: Puppet;
  let pairs: Record<string, Pair>;

  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
    server = await stage.puppet();
    peer = await stage.puppet();
    staller = await stage.victim([python, `${stage.folder}/stall.py`], { user: undefined });
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', [...targets, 'bystander']));
    // The kernel's hash keeps connections to one port together, so each has a listener of its own.
    for (const name of stalled)
      Object.assign(pairs, (await connectAll(server, staller, ipv4, `for ${name}`, [name])).pairs);
  });
  afterEach(async () => {
    for (const puppet of [staller, peer, server]) await puppet.stop();
    await agent.stop();
  });

  /** It lasts until `serve`: what is answered before was not waited for. */
  async function stall(): Promise<void> {
    for (const name of stalled) await staller.command('stall', { name });
  }

  /** The page arrives, and every stalled call succeeds: no socket was destroyed during its call. */
  async function serve(): Promise<void> {
    assert.deepEqual(
      await staller.command('serve'),
      stalled.map(() => 4),
    );
    for (const name of stalled) {
      assert.equal((await server.receive(name)).text, '\0\0\0\0');
      await assertEchoes([staller, name], [server, name]);
    }
  }

  async function all(): Promise<Target[]> {
    const found: Target[] = [];
    for (const name of targets) {
      const pair = pairs[name];
      assert.ok(pair);
      found.push(await targetByCookie(client, pair.server));
    }
    return found;
  }

  async function destroyAll(options: DestroyOptions): Promise<readonly DestroyedSocket[]> {
    const wanted = await all();
    const results = await destroyTargets(client, { targets: wanted, ...options });
    return results;
  }

  /** Each target's process got the error that its result implies. */
  async function assertTrue(results: readonly DestroyedSocket[]): Promise<void> {
    for (const [index, { outcome, message }] of results.entries()) {
      const name = targets[index] ?? '';
      if (outcome === 'destroyed') {
        assert.equal(await server.errnoOf('receive', name), 'ECONNABORTED', message);
        assert.equal(await peer.errnoOf('receive', name), 'ECONNRESET', message);
      } else await assertEchoes([peer, name], [server, name]);
    }
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await assertAccepts(server, peer, ipv4, 'listener');
  }

  it('is replaced by sock_diag in time, and the BPF engine works again afterwards', async () => {
    await stall();
    const results = await destroyAll({});
    assert.deepEqual(new Set(results.map(({ outcome }) => outcome)), new Set(['destroyed']));
    assert.ok(results.some(({ engine }) => engine === 'sock_diag'));
    await assertTrue(results);

    const [walker] = children(broker);
    assert.ok(walker, 'the walker hangs');
    process.kill(walker, 'SIGKILL');
    assert.ok(existsSync(`/proc/${walker}`), 'and SIGKILL does not end it');
    await serve();
    await until('the walker has ended', () => children(broker).length === 0);
    const { pairs: more } = await connectAll(server, peer, ipv4, 'afterwards', ['after']);
    const result = await destroyOne(client, await targetByCookie(client, more.after.client));
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
  });

  it('destroys nothing late: a target that was not destroyed in time survives', async () => {
    await stall();
    const results = await destroyAll({ engine: 'bpf' });
    const failed = results.filter(({ outcome }) => outcome === 'failed');
    assert.ok(failed.length > 0, 'the walk hung before it had met all');
    for (const { errno } of failed) assert.equal(errno, 'ETIMEDOUT');
    await serve();
    await until('the walker has ended', () => children(broker).length === 0);
    await assertTrue(results);
  });

  it('leaves the stalled socket itself alone, at once and later', async () => {
    await stall();
    const [name] = stalled;
    const target = await targetByCookie(client, (pairs[name] as Pair).client);
    for (const engine of ['auto', 'sock_diag'] as const) {
      const { outcome, errno, message } = await destroyOne(client, target, { engine });
      assert.deepEqual([outcome, errno], ['failed', 'ETIMEDOUT'], message);
    }
    await serve();
    await until('the walker has ended', () => children(broker).length === 0);
    await assertEchoes([staller, name], [server, name]);
  });

  it('holds up nobody who asks for the details of the stalled socket', async () => {
    await stall();
    for (const name of stalled) {
      const target = await targetByCookie(client, (pairs[name] as Pair).client);
      const { code, message } = await client.request(inspectSocket, { target }).then(
        () => assert.fail('it has details'),
        (error) => error,
      );
      assert.equal(code, ErrorCode.kernelRefused, message);
      assert.match(message, /ETIMEDOUT/);
      assert.deepEqual(children(broker), [], 'no walker waits for the lock');
    }
    const bystander = await targetByCookie(client, (pairs.bystander as Pair).client);
    assert.ok(await client.request(inspectSocket, { target: bystander }));
    await serve();
  });

  it('does not block listing, single destroys and other connections', async () => {
    await stall();
    const [first, second, ...others] = await all();
    assert.ok(first && second);
    for (const target of [first, second]) {
      const { outcome, message } = await destroyOne(client, target);
      assert.equal(outcome, 'destroyed', message);
    }
    // Where both come before the stalled ones in the kernel's hash, no walk hangs yet.
    if (!children(broker).some(waits))
      await client.request(destroySockets, { targets: others, engine: 'bpf' });
    const forced = await destroyOne(client, await targetByCookie(client, pairs.bystander?.client ?? first), {
      engine: 'bpf',
    });
    assert.deepEqual([forced.outcome, forced.errno], ['failed', 'EBUSY'], forced.message);
    assert.equal((await findOne(client, `cookie:${pairs.bystander?.client.cookie}`)).state, 'established');
    await assertEchoes([peer, 'bystander'], [server, 'bystander']);
    await serve();
  });

  it('its walker has the stated privileges, no BPF objects but its own, and ends with its broker', async () => {
    await stall();
    await destroyAll({ engine: 'bpf' });
    const [walker] = children(broker);
    assert.ok(walker);
    assertPrivileges(walker, 'walker: walk');
    const held = heldBpf(walker);
    assert.equal(held.map.length, 1, 'the target map');
    assert.ok(held.link.length <= 2, 'the destroy links');

    const bpf = heldBpf(broker);
    process.kill(broker, 'SIGKILL');
    await agent.ended();
    await serve();
    await until('the walker has ended', () => !isRunning(walker));
    await until('all BPF objects are gone', async () =>
      Object.values(await stillThere(bpf)).every((ids) => ids.length === 0),
    );
  });

  /** The time left of the broker's deadline when it is killed, at most. */
  const walkMs = 2000;

  for (const victim of ['agent', 'broker'] as const)
    it(`kill -9 of the ${victim} in the middle of it: nothing is destroyed after the deadline`, async () => {
      await stall();
      const wanted = await all();
      const answer = client.request(destroySockets, { targets: wanted, engine: 'bpf' });
      answer.catch(() => {});
      await until('a walker hangs', () => children(broker).some((pid) => waits(pid)));
      const walkers = children(broker);
      process.kill(victim === 'agent' ? agent.pid : broker, 'SIGKILL');
      await assert.rejects(answer);
      await until('the broker has ended', () => !isRunning(broker));
      if (victim === 'broker') await sleep(walkMs);
      const alive: string[] = [];
      for (const name of targets) if (await echoes(name)) alive.push(name);
      assert.notEqual(alive.length, 0, 'the walk hung before it had met all');
      await serve();
      await until('the walker has ended', () => walkers.every((pid) => !isRunning(pid)));
      for (const name of [...alive, 'bystander']) await assertEchoes([peer, name], [server, name]);
    });

  function waits(pid: number): boolean {
    try {
      return / [D] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  }

  async function echoes(name: string): Promise<boolean> {
    return (await peer.errnoOf('send', name)) === null && (await server.errnoOf('receive', name)) === null;
  }
});
