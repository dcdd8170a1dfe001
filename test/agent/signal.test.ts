/** Signals reach exactly the named process, and only processes that the client may end. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signalProcess as send } from '../../agent/broker-link/native';
import type { Client } from '../../agent/client/connect';
import { type SignalParams, type SignalResult, signalProcess } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { run } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

/** A process that ignores SIGTERM. */
const stubborn = `
import json, os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(json.dumps({"ok": {"pid": os.getpid()}}), flush=True)
sys.stdin.read()
`;

const modes = ['agent', 'observer'] as const;

describe('signals', { skip: withoutRoot }, () => {
  let stage: Stage;
  let clients: Record<(typeof modes)[number], Client>;
  let bystander: Puppet;
  before(async () => {
    stage = new Stage();
    bystander = await stage.puppet();
    await stage.agent();
    clients = { agent: await stage.clientOfUser(), observer: await stage.observer() };
  });
  after(() => stage?.close());

  function signal(client: Client, pid: number, more: Partial<SignalParams> = {}): Promise<SignalResult> {
    const params = { pid, startTime: startTimeOf(pid), signal: 'TERM', graceMs: 10_000, ...more } as const;
    return client.request(signalProcess, params);
  }

  for (const mode of modes) {
    it(`one's own process ends, and no other, ${mode}`, async () => {
      const victim = await stage.puppet();
      const startTime = startTimeOf(victim.pid);
      const { outcome, message } = await signal(clients[mode], victim.pid);
      assert.deepEqual([outcome, message], ['exited', `python3 (pid ${victim.pid}) has ended`]);
      const again = await signal(clients[mode], victim.pid, { startTime });
      assert.equal(again.outcome, 'gone');
      await bystander.bind(`still ${mode}`, { family: 'ipv4', address: '127.0.0.1' });
    });

    it(`a process that ignores SIGTERM survives it, and ends by SIGKILL, ${mode}`, async () => {
      const victim = await stage.victim([python, '-c', stubborn]);
      const patient = await signal(clients[mode], victim.pid, { graceMs: 200 });
      assert.deepEqual([patient.outcome, patient.ignored], ['running', true]);
      assert.equal(patient.message, `python3 (pid ${victim.pid}) ignores SIGTERM and still runs after 0.2 s`);
      assert.equal(victim.lives, true);
      assert.equal((await signal(clients[mode], victim.pid, { signal: 'KILL' })).outcome, 'exited');
    });

    it(`a stopped process is continued, so that it gets its SIGTERM, ${mode}`, async () => {
      const victim = await stage.puppet();
      process.kill(victim.pid, 'SIGSTOP');
      assert.equal((await signal(clients[mode], victim.pid)).outcome, 'exited');
    });

    it(`a pid that is another process's by now is left alone, ${mode}`, async () => {
      const startTime = String(BigInt(startTimeOf(bystander.pid)) - 1n);
      assert.equal((await signal(clients[mode], bystander.pid, { startTime })).outcome, 'gone');
      assert.equal(bystander.lives, true);
    });
  }

  // What the agent allows: who-may-act.test.ts.
  it("an observer is denied another user's process, and names the agent", async () => {
    const other = await stage.puppet({ user: stranger });
    const { outcome, message } = await signal(clients.observer, other.pid, { signal: 'KILL' });
    assert.equal(outcome, 'denied');
    assert.match(message, /belongs to another user: only an agent may signal it.*--scope all/);
    await other.bind('still', { family: 'ipv4', address: '127.0.0.1' });
  });

  it('an observer protects pid 1 and itself', async () => {
    for (const pid of [1, clients.observer.info.pid]) {
      const { outcome, message } = await signal(clients.observer, pid);
      assert.equal(outcome, 'protected', message);
    }
  });

  it('the addon compares the start time itself, and sends only SIGTERM and SIGKILL', async () => {
    const { pid } = bystander;
    const startTime = BigInt(startTimeOf(pid));
    assert.throws(() => send(pid, startTime + 1n, 15), { code: 'ESRCH' });
    assert.throws(() => send(pid, startTime, 1), { code: 'EINVAL' });
    const script = `try { require('${stage.folder}/sockscope.node').signalProcess(${pid}, ${startTime}n, 15) } catch ({ code }) { console.log(code) }`;
    const { stdout } = await run([process.execPath, '-e', script], { user: stranger });
    assert.equal(stdout, 'EPERM\n');
    assert.equal(bystander.lives, true);
  });
});
