/** Agent or broker have no descriptor left, or only some: what they answer is true, and afterwards all goes on. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { agentStatus, type EngineChoice, type Target } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { children } from '../helpers/children';
import { until } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';
import { idsOf } from '../helpers/threads';
import { Wire } from '../helpers/wire';
import { assertTrue, Ground } from './ground';

const engines: readonly EngineChoice[] = ['auto', 'bpf', 'sock_diag'];

/** More than any request opens at the same time. */
const maxSpare = 12;

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).map(Number);

/** The limit under which a process can open so many descriptors more. */
function limitFor(pid: number, spare: number): number {
  const open = new Set(descriptors(pid));
  let free = 0;
  for (let number = 0; ; number++) if (!open.has(number) && free++ === spare) return number;
}

/** The soft limit, which a process of the same uid may lower, and raise again to the hard one. */
function setLimit(pid: number, limit: number): void {
  const { uid, gid } = idsOf(pid);
  const as = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
  execFileSync('setpriv', [...as, 'prlimit', `--pid=${pid}`, `--nofile=${limit}:`]);
}

function hardLimit(pid: number): number {
  return Number(/^Max open files +\S+ +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
}

describe('without descriptors', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let client: Client;
  let broker: number;
  let ground: Ground;
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
  });
  after(() => stage?.close());
  beforeEach(async () => {
    agent = await stage.agent();
    client = await agent.client();
    broker = await agent.brokerPid();
  });
  afterEach(() => agent.stop());

  /** With so many descriptors to spare in this process; afterwards it has what it had. */
  async function withSpare(pid: number, spare: number, act: () => Promise<void>): Promise<void> {
    setLimit(pid, limitFor(pid, spare));
    try {
      await act();
    } finally {
      setLimit(pid, hardLimit(pid));
    }
  }

  /** What happened is what was said; a request that was refused has done nothing, and does nothing later. */
  async function destroyEach(names: readonly string[], targets: readonly Target[], engine: EngineChoice) {
    const answer = await destroyTargets(client, { targets, engine }).catch((error: Error) => error);
    return async () => {
      for (const [at, name] of names.entries()) {
        const fate = await ground.fateOf(name);
        const result = Array.isArray(answer) ? answer[at] : null;
        if (result) assertTrue(result, fate);
        else assert.equal(fate, 'lives', `${engine}: ${(answer as Error).message}`);
      }
    };
  }

  async function assertWorks(): Promise<void> {
    const { name, result } = await ground.destroyOne(client);
    assert.deepEqual([result.outcome, result.engine], ['destroyed', 'bpf'], result.message);
    assert.equal(await ground.fateOf(name), 'destroyed');
    await ground.assertBystander();
  }

  for (const engine of engines)
    it(`the broker, engine ${engine}: what is said of a destroy is true, and nothing is left`, async () => {
      await listAll(client, '');
      const idle = descriptors(broker).length;
      for (let spare = 0; spare <= maxSpare; spare++) {
        const names = await ground.connect(2);
        const targets = await ground.targets(client, names);
        let check = async () => {};
        await withSpare(broker, spare, async () => {
          check = await destroyEach(names, targets, engine);
        });
        // The next request shares the walker's map with the one before.
        await assertWorks();
        await check();
        assert.deepEqual(children(broker), [], `${spare} to spare: no walker is left`);
        assert.equal(descriptors(broker).length, idle, `${spare} to spare`);
      }
    });

  it('the agent: who connects is served or hung up on, and others are answered', async () => {
    const idle = descriptors(agent.pid).length;
    for (let spare = 0; spare < 4; spare++) {
      const wires: Wire[] = [];
      await withSpare(agent.pid, spare, async () => {
        for (let more = 0; more < 8; more++) wires.push(await Wire.open(stage.user.uid));
        for (let asked = 0; asked < 3; asked++)
          assert.equal((await client.request(agentStatus, {})).pid, agent.pid, agent.stderr);
      });
      for (const wire of wires) wire.close();
      await until('they are gone', () => descriptors(agent.pid).length <= idle);
      const other = await agent.client();
      assert.equal((await other.request(agentStatus, {})).pid, agent.pid);
      other.close();
      await assertWorks();
    }
  });
});
