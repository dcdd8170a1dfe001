/** `sockscope why` and `sockscope free` with an agent and real holders. */

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { freePort } from '../../agent/client/ports/free-port';
import type { AgentProcess } from '../helpers/agent-process';
import { kindsOf, PortFixture } from '../helpers/port-fixture';
import { end, run } from '../helpers/programs';
import { withoutRoot } from '../helpers/stage';

const { ECONNABORTED, ECONNRESET } = constants.errno;

describe('why and free, with an agent', { skip: withoutRoot }, () => {
  let fixture: PortFixture;
  let agent: AgentProcess;
  before(async () => {
    fixture = new PortFixture(3500);
    agent = await fixture.stage.agent();
  });
  beforeEach(() => fixture.nextPort());
  afterEach(() => fixture.endPrograms());
  after(() => fixture?.close());

  it('does not wait for an agent that does not answer', async () => {
    process.kill(agent.pid, 'SIGSTOP');
    try {
      const { code, stderr } = await fixture.why();
      assert.equal(code, 3);
      assert.match(stderr, /The agent does not answer within 5 s/);
      const [, command = ''] = /sudo (ss -xlp src \S+) shows its pid/.exec(stderr) ?? [];
      const { stdout } = await run(command.split(' '), { netns: fixture.stage.netns });
      assert.match(stdout, new RegExp(`pid=${agent.pid},`), 'the printed command names it');
    } finally {
      process.kill(agent.pid, 'SIGCONT');
    }
  });

  it('time-wait is destroyed', async () => {
    await fixture.leaveTimeWait();
    const answer = await fixture.why();
    assert.deepEqual(kindsOf(answer), ['time-wait'], answer.stdout);
    const { code, json, stdout, stderr } = await fixture.free();
    assert.deepEqual([code, json?.freed, json?.needsReuseaddr], [0, true, false], `${stderr}${stdout}`);
    assert.deepEqual([json.steps[0].act, json.steps[0].outcome], ['destroy', 'destroyed'], stdout);
    await fixture.hold('plain'); // without SO_REUSEADDR
  });

  it('a server that waits for its sessions ends without SIGKILL', async () => {
    const server = await fixture.hold('smart');
    const accepted = server.line();
    const client = await fixture.hold('client');
    await accepted;
    const [ofServer, ofClient] = [server.line(), client.line()];
    const { code, json } = await fixture.free();
    assert.equal(code, 0, json.message);
    assert.deepEqual(
      json.steps.map(({ act, outcome }: { act: string; outcome: string }) => [act, outcome]),
      [
        ['destroy', 'destroyed'],
        ['signal', 'exited'],
      ],
    );
    assert.deepEqual([await ofServer, await ofClient], [`session ${ECONNABORTED}`, `errno ${ECONNRESET}`]);
    await server.ended();
    assert.deepEqual([server.child.exitCode, client.lives], [0, true]);
  });

  it('a client is left alone and reported', async () => {
    const server = await fixture.hold('listen', fixture.port + 1);
    const client = await fixture.hold('client', fixture.port + 1);
    const own = client.ready.split(' ')[1] ?? '';
    const answer = await fixture.stage.sockscope(['why', own, '--json']);
    assert.deepEqual([kindsOf(answer), answer.json.holders[0].remedy], [['client'], 'none'], answer.stdout);
    const { code, json, stdout, stderr } = await fixture.stage.sockscope(['free', own, '--yes', '--json']);
    assert.deepEqual([code, json?.freed, json?.steps], [1, false, []], `${stderr}${stdout}`);
    assert.ok(client.lives && server.lives);
  });

  it('an unknown namespace is exit 2', async () => {
    const { code, stderr } = await fixture.why('--net', `${fixture.stage.netns.name}x`);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`nearest is ${fixture.stage.netns.name}`));
  });

  it('only the named namespace is freed', async () => {
    const netns = fixture.stage.makeNetns('n');
    const here = await fixture.hold('listen');
    const there = await fixture.hold('listen', fixture.port, { netns });
    const { code, json } = await fixture.free('--net', netns.name);
    assert.deepEqual([code, json.netns, json.freed], [0, netns.inode, true]);
    assert.ok(here.lives);
    await there.ended();
  });

  it('a take-over frees the port, and the owner survives', async () => {
    const server = await fixture.hold('plain');
    const { code, json } = await fixture.free('--take-over');
    assert.deepEqual([code, json.freed, json.needsReuseaddr], [0, true, true], json.message);
    assert.equal(json.steps[0].outcome, 'taken-over');
    await fixture.hold('listen');
    assert.ok(server.lives);
  });

  it('a process that ends in between is reported as gone, and no other process is touched', async () => {
    const [first, bystander] = [await fixture.hold('listen'), await fixture.hold('listen', fixture.port + 1)];

    const report = await freePort(
      await agent.client(),
      { port: fixture.port, protocol: 'tcp', netns: null, signal: 'TERM', graceMs: 1000, takeOver: false },
      {
        confirm: async () => {
          await end(first.child);
          return true;
        },
        offerKill: async () => false,
        agent: async () => null,
        supervisorOf: () => null,
      },
    );
    assert.deepEqual([report.freed, report.steps.map(({ outcome }) => outcome)], [true, ['gone']]);
    assert.ok(bystander.lives);
  });
});

describe('free with a read-only agent', { skip: withoutRoot }, () => {
  it('is exit 3, and nothing is done', async () => {
    const fixture = new PortFixture(3700);
    try {
      await fixture.stage.agent(['--read-only']);
      const holder = await fixture.hold('listen');
      const { code, stderr } = await fixture.stage.sockscope(['free', String(fixture.port), '--yes']);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /read-only/);
      assert.ok(holder.lives);
    } finally {
      await fixture.endPrograms();
      await fixture.close();
    }
  });
});
