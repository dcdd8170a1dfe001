/** Binds are tried for the served user where his processes are, and of ports that he may not bind himself only so often. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import { ErrorCode } from '../../agent/protocol';
import { auditLines } from '../helpers/audit';
import { run, until } from '../helpers/programs';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const caller = { method: 'ports/bind', client: { uid: 4711, pid: 42 } };

describe('binds that a broker tries', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  const begin = new Date();
  before(() => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => broker.close());
  });
  after(() => stage?.close());

  /** Lines of the audit log about tries of this port. */
  function linesOf(netns: number, port: number) {
    return auditLines(stage.user.uid, begin).filter(
      (line) => line.act === 'bind-trial' && line.netns === netns && line.local.port === port,
    );
  }

  it('are recorded for a port of root, and limited to so many', async () => {
    const netns = stage.makeNetns('privileged');
    await stage.puppet({ netns });
    const place = { netns: netns.inode, port: 81, protocol: 'tcp' } as const;
    let tried = 0;
    const refusal = await (async () => {
      for (; tried < 200; tried++) await broker.tryBinds(caller, place);
    })().catch((error) => error);
    assert.equal(refusal?.code, ErrorCode.busy, refusal?.message);
    assert.match(refusal.message, /Port 81 was tried too often: it is unknown whether it is free/);
    assert.ok(tried >= 20 && tried < 60, String(tried));
    const lines = linesOf(netns.inode, 81);
    assert.equal(lines.filter(({ outcome }) => outcome === 'done').length, tried);
    const [last] = lines.reverse();
    assert.deepEqual(
      [last.phase, last.outcome, last.by, last.uid, last.claimed],
      ['refusal', 'denied', 'rate', stage.user.uid, { ...caller.client, method: caller.method }],
    );

    const own = { ...place, port: 8081 };
    for (let times = 0; times < 60; times++) await broker.tryBinds(caller, own);
    assert.deepEqual(linesOf(netns.inode, 8081), [], 'he may bind it himself');
  });

  it('are of a port of root as their namespace says', async () => {
    for (const [start, port, lines] of [
      ['9000', 8082, 1],
      ['80', 82, 0],
    ] as const) {
      const netns = stage.makeNetns(`start${start}`);
      await stage.puppet({ netns });
      const set = await run(['sysctl', '-w', `net.ipv4.ip_unprivileged_port_start=${start}`], { netns });
      assert.equal(set.code, 0, set.stderr);
      await broker.tryBinds(caller, { netns: netns.inode, port, protocol: 'tcp' });
      const done = linesOf(netns.inode, port).filter(({ phase }) => phase === 'outcome');
      assert.equal(done.length, lines, `port ${port}`);
    }
  });

  it("a namespace that got the number of the user's is another one", async () => {
    let made = 0;
    const numberAgain = async () => {
      const gone = stage.makeNetns(`gone-${made++}`);
      const ours = await stage.puppet({ netns: gone });
      const place = { netns: gone.inode, port: 5001, protocol: 'tcp' } as const;
      await broker.tryBinds(caller, place);
      await ours.stop();
      gone.remove();
      // The kernel gives the number away once it has cleaned up behind its namespace: to one of ours, or of another program's.
      for (let tries = 0; tries < 100; tries++)
        if (stage.makeNetns(`next-${made++}`).inode === gone.inode) return place;
      return null;
    };
    const place = await until('a namespace of ours has the number again', numberAgain, 120_000);
    await assert.rejects(broker.tryBinds(caller, place), { code: ErrorCode.denied });
  });

  it("no bind is tried in a namespace of another user's", async () => {
    const netns = stage.makeNetns('foreign');
    const place = { netns: netns.inode, port: 5000, protocol: 'tcp' } as const;
    const there = await stage.puppet({ user: stranger, netns });
    await assert.rejects(broker.tryBinds(caller, place), { code: ErrorCode.denied });
    const [denial] = linesOf(netns.inode, 5000);
    assert.deepEqual([denial.phase, denial.outcome, denial.by], ['refusal', 'denied', 'scope']);
    const ours = await stage.puppet({ netns });
    assert.ok((await broker.tryBinds(caller, place)).every(({ error }) => error === null));
    // Where a port was freed, its process may be gone.
    await ours.stop();
    assert.ok((await broker.tryBinds(caller, place)).length > 0);
    await there.stop();
  });
});
