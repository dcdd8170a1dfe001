/** A hostile agent, which holds down what it may not: the broker's rules reach the served user alone. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { monotonic } from '../../agent/broker-link/clock';
import { forkBroker } from '../../agent/broker-link/native';
import type { OutageRule } from '../../agent/broker-link/outage-records';
import { auditLines } from '../helpers/audit';
import { caller } from '../helpers/caller';
import { type Ends, type HostileCast, hostileCast } from '../helpers/hostile';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, Puppet } from '../helpers/puppet';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** The errno with which this process, the agent, fails to connect. */
async function connectErrno(port: number): Promise<string | undefined> {
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  return error.code;
}

describe('outages of a hostile agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let foreign: Ends;
  let own: Ends;
  let theirs: HostileCast['theirs'];
  before(async () => {
    stage = new Stage();
    ({ broker, foreign, own, theirs } = await hostileCast(stage));
  });
  after(() => stage?.close());

  /** An outage of a port for every user. */
  function everybodyTo(port: number): OutageRule {
    return {
      fault: 'refused',
      expiresAt: monotonic() + 60_000,
      holdMs: null,
      netns: stage.netns.inode,
      uid: null,
      subordinates: [{ first: 0, count: 4_294_967_295 }],
      protocol: 'tcp',
      address: null,
      port,
      pids: null,
      cookies: [],
      loss: null,
    };
  }

  it('an outage for everybody holds the served user down, and nobody else', async () => {
    const { listening } = await connectAll(foreign.server, foreign.client, ipv4, 'held', ['stays']);
    const to = listening.local;
    const everybody = everybodyTo(to[1]);
    const attempt = (puppet: Puppet) => puppet.connectErrno('try', { family: 'ipv4', to });
    await broker.setOutage(caller, 0, everybody);
    assert.deepEqual([await attempt(own.client), await attempt(foreign.client)], ['ECONNREFUSED', null]);
    for (const uid of [0, stranger.uid]) {
      await broker.setOutage(caller, 0, { ...everybody, uid });
      assert.deepEqual([await attempt(own.client), await attempt(foreign.client)], ['ECONNREFUSED', null]);
    }
    // A blackhole that names another user's socket swallows none of its packets.
    const cookies = [theirs.two.client.cookie, theirs.two.server.cookie];
    await broker.setOutage(caller, 0, { ...everybody, fault: 'blackhole', port: null, cookies });
    await assertEchoes([foreign.client, 'two'], [foreign.server, 'two']);
    // Nor does one that is for that socket alone.
    const loss = {
      percent: null,
      seed: 0,
      bytesPerSecond: null,
      direction: 'both',
      livingOnly: true,
    } as const;
    await broker.setOutage(caller, 0, { ...everybody, fault: 'blackhole', port: null, cookies, loss });
    await assertEchoes([foreign.client, 'two'], [foreign.server, 'two']);
    // Nor is it slow.
    const slow = { ...loss, bytesPerSecond: 20_000 };
    await broker.setOutage(caller, 0, { ...everybody, fault: 'blackhole', port: null, cookies, loss: slow });
    await assertEchoes([foreign.client, 'two'], [foreign.server, 'two']);
    assert.equal((await broker.outageCounts())[0]?.sockets, 0);
    await broker.clearOutage(caller, 0);
  });

  it('a rule with numbers that mean nothing is refused', async () => {
    const all = {
      percent: null,
      seed: 0,
      bytesPerSecond: null,
      direction: 'both',
      livingOnly: false,
    } as const;
    for (const wrong of [
      { percent: 101 },
      { bytesPerSecond: 19_999 },
      { percent: 5, bytesPerSecond: 20_000 },
    ])
      await assert.rejects(
        broker.setOutage(caller, 0, { ...everybodyTo(9), fault: 'blackhole', loss: { ...all, ...wrong } }),
        /outage request/,
        JSON.stringify(wrong),
      );
  });

  it("an outage for named processes never reaches another user's, nor does its extension", async () => {
    const { listening } = await connectAll(foreign.server, foreign.client, ipv4, 'named', ['stays']);
    const to = listening.local;
    const rule: OutageRule = { ...everybodyTo(to[1]), pids: [foreign.client.pid] };
    await broker.setOutage(caller, 0, rule);
    await broker.extendOutage(caller, 0, foreign.client.pid);
    await broker.extendOutage(caller, 0, own.client.pid);
    const attempt = (puppet: Puppet) => puppet.connectErrno('named too', { family: 'ipv4', to });
    assert.deepEqual([await attempt(foreign.client), await attempt(own.client)], [null, 'ECONNREFUSED']);
    await broker.clearOutage(caller, 0);
  });

  it('an outage for a named process is not for the next one that gets its pid', async () => {
    const { listening } = await connectAll(own.server, own.client, ipv4, 'inherited', ['stays']);
    const to = listening.local;
    const named = await stage.puppet();
    const attempt = (puppet: Puppet) => puppet.connectErrno('try', { family: 'ipv4', to });
    const { pid } = named;
    await broker.setOutage(caller, 0, { ...everybodyTo(to[1]), pids: [pid] });
    assert.equal(await attempt(named), 'ECONNREFUSED');
    await named.stop();
    const command = [python, `${stage.folder}/heir.py`, String(pid), String(stage.user.uid)];
    const heir = await Puppet.start(command, { netns: stage.netns }, async () => pid);
    stage.onClose(() => heir.stop());
    assert.equal(await attempt(heir), null);
    await broker.extendOutage(caller, 0, pid);
    assert.equal(await attempt(heir), 'ECONNREFUSED');
    await broker.clearOutage(caller, 0);
  });

  it('the agent is spared, whatever it says', async () => {
    // Within its own namespace, on a port where nothing listens.
    const port = 9;
    const all = new Broker(forkBroker(stage.user.uid, true));
    const puppet = await stage.puppet({ netns: undefined });
    try {
      await all.setOutage(caller, 0, {
        ...everybodyTo(port),
        fault: 'unreachable',
        netns: null,
        pids: [process.pid, puppet.pid],
      });
      const refused = await puppet.connectErrno('held', { family: 'ipv4', to: ['127.0.0.1', port] });
      assert.deepEqual([refused, await connectErrno(port)], ['EHOSTUNREACH', 'ECONNREFUSED']);
    } finally {
      await all.clearOutage(caller, 0);
      all.close();
    }
  });

  it('an outage lasts an hour at most', async () => {
    const { listening } = await connectAll(own.server, own.client, ipv4, 'long', ['stays']);
    const before = new Date();
    await broker.setOutage(caller, 0, { ...everybodyTo(listening.local[1]), expiresAt: monotonic() + 1e12 });
    const line = auditLines(stage.user.uid, before).find(({ act }) => act === 'set-outage');
    await broker.clearOutage(caller, 0);
    assert.ok(line.for_ms > 3_600_000 && line.for_ms <= 3_660_000, String(line.for_ms));
  });
});
