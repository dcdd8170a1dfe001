/**
 * Agent, broker or both, or a walker, are killed at a random moment while clients are at work: no answer is wrong, nothing is left
 * behind, and a new agent starts. The same seed kills at the same moments (SOCKSCOPE_FAULTS_SEED, SOCKSCOPE_FAULTS_KILLS).
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Client } from '../../agent/client/connect';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus, ErrorCode, listOutages } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditLines } from '../helpers/audit';
import { heldBpf, stillThere } from '../helpers/bpf-objects';
import { children } from '../helpers/children';
import { isRunning } from '../helpers/holders/descendants';
import { until } from '../helpers/programs';
import { signalNextWalker } from '../helpers/signal-walker';
import { Stage, withoutRoot } from '../helpers/stage';
import { assertTrue, Ground } from './ground';
import { type Answers, destroysOfLoad, Load } from './load';
import { kills, planned, seed } from './plan';

const victims = ['agent', 'broker', 'both', 'walker'] as const;

/** `plusMs` after so many destroys were answered; a walker, `afterUs` it was seen first. */
const plan = planned(
  fc.record({
    victim: fc.constantFrom(...victims),
    afterAnswers: fc.nat(destroysOfLoad),
    plusMs: fc.nat(30),
    afterUs: fc.nat(3000),
  }),
  kills,
);

/** What flood.test.ts allows them with a hundred thousand sockets. */
const maxMegabytes = { agent: 600, broker: 80 };

function peakMegabytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** A client is told why it has no answer; on a busy machine also that there was none in time. */
const ends =
  /^The agent hung up|^The broker has ended, and the agent with it|^The broker \(pid \d+\) has not answered/;

/** On a busy machine, a broker may come to a request too late, and refuses it. */
function isLate({ message }: Error): boolean {
  return message.startsWith('begin in time what was asked for ');
}

describe(`killed at random, seed ${seed}`, { skip: withoutRoot }, () => {
  const counts = { told: 0, cutOff: 0, cutOffDestroyed: 0, destroyed: 0, walkers: 0 };
  let since: Date;
  let stage: Stage;
  let ground: Ground;
  let agent: AgentProcess;
  let client: Client;
  let broker: number;
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
    await startAgent();
  });
  after(() => stage?.close());
  // A kill that was not survived is one failure, and not that of all behind it.
  beforeEach(async () => {
    if (!isRunning(agent.pid)) await startAgent();
  });

  async function startAgent(): Promise<void> {
    agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
  }

  const when = ({ victim, afterAnswers, plusMs, afterUs }: (typeof plan)[number]) =>
    victim === 'walker' ? `${afterUs} µs after it was seen` : `${plusMs} ms after ${afterAnswers} answers`;

  for (const [at, kill] of plan.entries())
    it(`${at + 1} of ${kills}: ${kill.victim}, ${when(kill)}`, async () => {
      const { victim } = kill;
      since = new Date();
      const load = await Load.connect(agent, ground);
      try {
        const answers = load.run(stage.netns.inode, ground.heldPort);
        if (victim === 'walker') await killWalker(kill.afterUs, answers);
        else {
          await load.answered(kill.afterAnswers);
          await sleep(kill.plusMs);
          await killProcesses(
            { agent: [agent.pid], broker: [broker], both: [agent.pid, broker] }[victim],
            answers,
          );
          // Where the broker was killed, the next start removes it: the folder is root's, and the agent is not.
          if (victim === 'agent')
            await until('the socket file is gone', () => !existsSync(agentSocketPath(stage.user.uid)));
        }
        const told = await answers;
        if (victim === 'walker') load.close();
        await assertAnswers(told, victim === 'walker' ? [ErrorCode.kernelRefused] : []);
        assert.equal(await ground.fateOf(load.swallowed), 'lives', 'packets vanish no more');
        if (victim === 'walker') await assertGoesOn();
        else await assertStartsAgain(load);
        await ground.assertBystander();
      } finally {
        // An agent that was not killed would have no place for those of the next kills.
        load.close();
      }
    });

  async function killProcesses(pids: readonly number[], answers: Promise<Answers>) {
    const bpf = heldBpf(broker);
    assertBounded();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await answers;
    await agent.ended();
    await until('the broker has ended', () => !isRunning(broker));
    await until('its BPF objects are gone', async () =>
      Object.values(await stillThere(bpf)).every((ids) => ids.length === 0),
    );
  }

  async function killWalker(afterUs: number, answers: Promise<Answers>) {
    const killed = await signalNextWalker(stage, broker, 'SIGKILL', afterUs);
    await answers;
    if ((await killed()) > 0) counts.walkers++;
  }

  /** `errors`: codes that a request may end with while the broker lives. */
  async function assertAnswers({ destroys, errors }: Answers, codes: readonly number[]) {
    const destroyed: string[] = [];
    for (const { name, answer } of destroys) {
      const cookie = ground.cookie(name);
      const fate = await ground.fateOf(name);
      if (fate === 'destroyed') destroyed.push(cookie);
      if (answer instanceof Error) {
        assertSaid(answer, codes);
        counts.cutOff++;
        if (isLate(answer)) assert.notEqual(fate, 'destroyed', `${name} was refused`);
        if (fate === 'destroyed') counts.cutOffDestroyed++;
      } else {
        assertTrue(answer, fate);
        counts.told++;
      }
    }
    for (const error of errors) assertSaid(error, codes);
    assertLogged(destroyed);
  }

  /** At once: other agents on this machine push older lines out of the log. */
  function assertLogged(destroyed: readonly string[]): void {
    const intended = new Set(auditLines(stage.user.uid, since).map(({ cookie }) => cookie));
    assert.deepEqual(
      destroyed.filter((cookie) => !intended.has(cookie)),
      [],
      'whatever was destroyed stands in the audit log',
    );
    counts.destroyed += destroyed.length;
  }

  function assertSaid(error: Error & { code?: number }, codes: readonly number[]): void {
    if (!codes.includes(error.code ?? 0) && !isLate(error)) assert.match(error.message, ends);
  }

  function assertBounded(): void {
    for (const [name, pid] of [
      ['agent', agent.pid],
      ['broker', broker],
    ] as const)
      assert.ok(peakMegabytes(pid) < maxMegabytes[name], `${name}: ${peakMegabytes(pid)} MB`);
  }

  async function assertStartsAgain(load: Load): Promise<void> {
    await load.hungUp();
    await until('nothing is held down', async () => (await ground.connectErrno()) === null);
    await startAgent();
    assert.deepEqual((await client.request(listOutages, {})).outages, []);
    await assertWorks();
  }

  async function assertGoesOn(): Promise<void> {
    assert.equal((await client.request(agentStatus, {})).pid, agent.pid, agent.stderr);
    await until('nothing is held down', async () => (await ground.connectErrno()) === null);
    await until('no walker is left', () => children(broker).length === 0);
    assertBounded();
    await assertWorks();
  }

  async function assertWorks(): Promise<void> {
    const { name, result } = await ground.destroyOne(client);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    assert.equal(await ground.fateOf(name), 'destroyed');
  }

  it('clients were told of some destroys, and of others not', (test) => {
    test.diagnostic(`${kills} kills with seed ${seed}: ${JSON.stringify(counts)}`);
    assert.ok(counts.told > 0 && counts.cutOff > 0);
  });
});
