/** The disk of the log is full, again and again, while clients destroy: what has no line does not happen, and what happened has its line. */

import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { ErrorCode, startOutage } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditFolder, auditLines, auditText, withOwnLog } from '../helpers/audit';
import { Stage, withoutRoot } from '../helpers/stage';
import { assertTrue, Ground } from './ground';
import { kills } from './plan';

/** Connections that are destroyed each time, by two clients. */
const each = 4;

describe('a full disk', { skip: withoutRoot }, () => {
  let stage: Stage;
  let ground: Ground;
  let agent: AgentProcess;
  let clients: readonly Client[];
  let root: string;
  const since = new Date();
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
    const through = withOwnLog(':', 'mode=700,size=1m');
    agent = await stage.agent([], stage.user, { netns: stage.netns, through });
    clients = [await agent.client(), await agent.client()];
    root = `/proc/${await agent.brokerPid()}/root`;
  });
  after(() => stage?.close());

  /** Until not even the last page of the log has room. */
  function fill(): void {
    assert.throws(() => writeFileSync(`${root}${auditFolder}/filler`, Buffer.alloc(2_000_000)), /ENOSPC/);
    assert.throws(() => {
      for (let bytes = 0; bytes < 8192; bytes++) appendFileSync(`${root}${auditFolder}/audit.log`, '\n');
    }, /ENOSPC/);
  }

  const makeRoom = () => rmSync(`${root}${auditFolder}/filler`, { force: true });

  async function destroyAll() {
    const names = await ground.connect(2 * each);
    const cookies = names.map((name) => ground.cookie(name));
    const [one, two] = clients as [Client, Client];
    const targets = await ground.targets(one, names);
    const answers = await Promise.allSettled([
      destroyTargets(one, { targets: targets.slice(0, each) }),
      destroyTargets(two, { targets: targets.slice(each) }),
    ]);
    return { names, cookies, answers };
  }

  it(`${kills} times: nothing is destroyed without a line, and no answer is wrong`, async () => {
    let refused = 0;
    for (let times = 0; times < kills; times++) {
      if (times % 2 === 1) fill();
      const { names, cookies, answers } = await destroyAll();
      const lines = auditLines(stage.user.uid, since, root).map(({ cookie }) => cookie);
      for (const [at, name] of names.entries()) {
        const answer = answers[Math.floor(at / each)];
        const fate = await ground.fateOf(name);
        if (fate === 'destroyed') assert.ok(lines.includes(cookies[at]), `${name} has a line`);
        if (answer?.status === 'fulfilled') {
          const result = answer.value[at % each];
          assert.ok(result);
          assertTrue(result, fate);
        } else {
          assert.equal(fate, 'lives', String(answer?.reason));
          assert.match(String(answer?.reason), /write a line to .* failed with ENOSPC/);
          refused++;
        }
      }
      if (times % 2 === 1) await assertHoldsNothing();
      makeRoom();
    }
    assert.equal(refused, Math.floor(kills / 2) * 2 * each);
    await ground.assertBystander();
  });

  async function assertHoldsNothing(): Promise<void> {
    const outage = {
      filter: `remote:${ground.heldPort}`,
      fault: 'refused',
      forMs: 60_000,
      detach: false,
    } as const;
    await assert.rejects(clients[0]?.request(startOutage, outage) ?? Promise.resolve(), {
      code: ErrorCode.kernelRefused,
    });
    assert.equal(await ground.connectErrno(), null);
  }

  it('no line of the log is cut in two', () => {
    for (const line of auditText(root).split('\n').filter(Boolean))
      assert.doesNotThrow(() => JSON.parse(line), line);
  });
});
