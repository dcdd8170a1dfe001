/**
 * The cgroup of a broker is frozen, or killed, at each point of a destroy, which its audit log shows: what is reported is what
 * happened, nothing happens later, and nothing without a line before it.
 */

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { type DestroyedSocket, targetOf } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditFolder, type Line, withOwnLog } from '../helpers/audit';
import { Cgroup, cgroup2Mount } from '../helpers/cgroup';
import { end, start, until, which } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const mount = cgroup2Mount();

/** Targets of a request: enough that each part of it takes a while. */
const count = 1000;

/** As many as one write has (kLinesInWrite in native/src/audit/log_file.h): so the intents, and the outcomes, are so many writes. */
const linesInWrite = 64;
const writes = Math.ceil(count / linesInWrite);

/** Each with the writes that are done then; null: it is not read yet, or answered already. */
const points = {
  'before it is read': null,
  'among the intents': Math.floor(writes / 2),
  'behind the last intent': writes,
  'among the outcomes': Math.floor(1.5 * writes),
  'behind the last outcome': 2 * writes,
  'behind the answer': null,
} as const;
type Point = keyof typeof points;

/** Lines in so many writes. */
function linesIn(done: number): number {
  const [intents, outcomes] = [Math.min(done, writes), Math.max(done - writes, 0)];
  return Math.min(intents * linesInWrite, count) + Math.min(outcomes * linesInWrite, count);
}

/** An agent whose broker has a cgroup and an audit log of its own. */
interface Subject {
  readonly agent: AgentProcess;
  readonly client: Client;
  readonly broker: number;
  readonly cgroup: Cgroup;
  /** Descriptor of the log: readable also when the broker and its mounts are gone. */
  readonly log: number;
}

describe('the cgroup of a broker, at each point of a destroy', {
  skip:
    withoutRoot || (!mount && 'there is no cgroup2 mount') || (!which('strace') && 'strace is not installed'),
}, () => {
  let stage: Stage;
  let subject: Subject | null = null;
  before(() => {
    stage = new Stage();
    stage.netns.crowd();
  });
  afterEach(over);
  after(() => stage?.close());

  async function begin(name: string): Promise<Subject> {
    const through = withOwnLog();
    const agent = await stage.agent([], stage.user, { netns: stage.netns, through });
    const client = await agent.client();
    const cgroup = new Cgroup(mount ?? '', name);
    const broker = await agent.brokerPid();
    cgroup.take(broker);
    const log = openSync(`/proc/${broker}/root${auditFolder}/audit.log`, 'r');
    subject = { agent, client, broker, cgroup, log };
    return subject;
  }

  async function over(): Promise<void> {
    if (!subject) return;
    const { agent, cgroup, log } = subject;
    subject = null;
    closeSync(log);
    cgroup.thaw();
    await agent.stop();
    await cgroup.remove();
  }

  async function victims(): Promise<Puppet> {
    const puppet = await stage.puppet();
    await puppet.command('bind_many', { name: 'udp', count, family: 'ipv4', address: '127.0.0.1' });
    return puppet;
  }

  async function targetsOf(client: Client, { pid }: Puppet) {
    const targets = (await listAll(client, `pid:${pid}`)).sockets.map(targetOf);
    assert.equal(targets.length, count);
    return targets;
  }

  function linesOf(log: number): Line[] {
    const text = readFileSync(`/proc/self/fd/${log}`, 'utf8');
    // What follows the last line break is still being written.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Cookies of the victims that have got an error since the last look. */
  async function destroyedOf(puppet: Puppet): Promise<Set<string>> {
    const errors = (await puppet.command('pending_many', { name: 'udp', count })) as Record<string, string>;
    for (const errno of Object.values(errors)) assert.equal(errno, 'ECONNABORTED');
    return new Set(Object.keys(errors));
  }

  /** The answer and the outcomes in the log are what has happened to the victims; resolves with those that are destroyed. */
  async function assertTold(
    results: readonly DestroyedSocket[] | null,
    puppet: Puppet,
    log: number,
  ): Promise<Set<string>> {
    const destroyed = await destroyedOf(puppet);
    const lines = linesOf(log).filter(({ phase }) => phase === 'outcome');
    for (const told of [results ?? [], lines]) {
      assert.equal(told.length, count);
      const ofThem = told.filter(({ outcome }) => outcome === 'destroyed').map(({ cookie }) => cookie);
      assert.deepEqual(new Set(ofThem), destroyed);
    }
    await puppet.stop();
    return destroyed;
  }

  /** The broker rests behind that write of the next request, until the returned function is called. */
  async function restBehind(write: number, { broker }: Subject): Promise<() => Promise<void>> {
    const rest = `inject=write:delay_exit=60s:when=${write}`;
    const words = ['strace', '-f', '-qqq', '-P', `${auditFolder}/audit.log`, '-e', 'trace=write', '-e', rest];
    const strace = start([...words, '-o', '/dev/null', '-p', String(broker)], {}, { stdio: 'ignore' });
    await until(
      'it is traced',
      () => !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${broker}/status`, 'utf8')),
    );
    return () => end(strace, 'SIGTERM');
  }

  /** Asks for the destroy, and does this at that point of it. Null: there is no answer. */
  async function disturb(
    disturbed: Subject,
    puppet: Puppet,
    point: Point,
    act: () => Promise<void> | void,
  ): Promise<readonly DestroyedSocket[] | null> {
    const { client, log } = disturbed;
    const targets = await targetsOf(client, puppet);
    const done = points[point];
    const goOn = done === null ? null : await restBehind(done, disturbed);
    if (point === 'before it is read') await act();
    const answer = destroyTargets(client, { targets }).catch(() => null);
    if (done !== null && goOn) {
      const lines = linesIn(done);
      await until('the lines are there', () => linesOf(log).length >= lines);
      await act();
      assert.equal(linesOf(log).length, lines, 'it rested there');
      await goOn();
    }
    if (point === 'behind the answer') {
      await answer;
      await act();
    }
    return answer;
  }

  for (const point of Object.keys(points) as Point[])
    it(`frozen and thawed ${point}: the answer is what happened`, async () => {
      const begun = await begin('frozen');
      const { cgroup, log } = begun;
      const puppet = await victims();
      let thawed: Promise<void> | undefined;
      const results = await disturb(begun, puppet, point, async () => {
        await cgroup.freeze();
        thawed = sleep(50).then(() => cgroup.thaw());
      });
      await thawed;
      await assertTold(results, puppet, log);
    });

  for (const point of ['among the intents', 'behind the last intent'] as const)
    it(`frozen ${point} for longer than a destroy may last: what is late is left alone`, async () => {
      const begun = await begin('late');
      const { cgroup, log } = begun;
      const puppet = await victims();
      let outcomes = 0;
      let thawed: Promise<void> | undefined;
      const results = await disturb(begun, puppet, point, async () => {
        await cgroup.freeze();
        outcomes = linesOf(log).filter(({ phase }) => phase === 'outcome').length;
        thawed = sleep(3000).then(() => cgroup.thaw());
      });
      await thawed;
      const destroyed = await assertTold(results, puppet, log);
      if (point === 'among the intents')
        assert.deepEqual([outcomes, destroyed.size], [0, 0], 'they were judged too long ago');
    });

  for (const point of Object.keys(points) as Point[])
    it(`killed ${point}: nothing without a line before it, and nothing later`, async () => {
      const begun = await begin('killed');
      const { agent, cgroup, log } = begun;
      const puppet = await victims();
      await disturb(begun, puppet, point, () => cgroup.kill());
      await agent.ended();
      const destroyed = await destroyedOf(puppet);
      const intended = new Set(
        linesOf(log).flatMap(({ phase, cookie }) => (phase === 'intent' ? [cookie] : [])),
      );
      assert.deepEqual(
        [...destroyed].filter((cookie) => !intended.has(cookie)),
        [],
      );
      if (intended.size < count) assert.equal(destroyed.size, 0, 'no act before the last intent');
      if (point === 'before it is read') assert.equal(intended.size, 0);
      if (point === 'behind the answer') assert.equal(destroyed.size, count);
      await sleep(300);
      assert.equal((await destroyedOf(puppet)).size, 0, 'not later either');
      await puppet.stop();
    });
});
