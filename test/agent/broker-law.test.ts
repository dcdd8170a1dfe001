/**
 * A hostile agent: this test holds the control socket of a broker that serves a plain user, and sends it whatever it likes. The
 * broker allows what the scope covers, and nothing else.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { monotonic } from '../../agent/broker-link/clock';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import { forkBroker } from '../../agent/broker-link/native';
import type { OutageRule } from '../../agent/broker-link/outage-records';
import { startTimeOf } from '../../agent/system/process-stat';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { endOf, start } from '../helpers/programs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const engines = ['bpf', 'sock_diag', 'auto'] as const;

describe('a broker whose agent is hostile', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  /** Of another user, at both ends. */
  let foreign: { server: Puppet; client: Puppet };
  /** Of the served user. */
  let own: { server: Puppet; client: Puppet };
  let theirs: Record<'one' | 'two', Pair>;
  before(async () => {
    stage = new Stage();
    broker = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => broker.close());
    foreign = {
      server: await stage.puppet({ user: stranger }),
      client: await stage.puppet({ user: stranger }),
    };
    own = { server: await stage.puppet(), client: await stage.puppet() };
    ({ pairs: theirs } = await connectAll(foreign.server, foreign.client, ipv4, 'theirs', ['one', 'two']));
  });
  after(() => stage?.close());

  async function recordOf({ cookie }: SocketInfo): Promise<DestroyRecord> {
    const { sockets } = await broker.list();
    const record = sockets.find((each) => each.record.cookie === cookie)?.record;
    assert.ok(record);
    return record;
  }

  for (const engine of engines)
    it(`${engine}: another user's connection and listener are denied, at either end and whatever their state is said to be`, async () => {
      const records = await Promise.all(
        [theirs.one.client, theirs.one.server, await foreign.server.info('theirs')].map(recordOf),
      );
      for (const record of records)
        for (const kernelState of [record.kernelState, 6, 12, 7]) {
          const [reply] = await broker.destroy(engine, [{ ...record, kernelState }]);
          assert.deepEqual([reply?.status, reply?.engine], ['denied', null]);
        }
      await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
    });

  it("own connections are destroyed, also in one request with others' that are denied", async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'ours', ['victim']);
    const requested = await Promise.all(
      [theirs.one.client, pairs.victim.client, theirs.two.client].map(recordOf),
    );
    const replies = await broker.destroy('auto', requested);
    assert.deepEqual(
      replies.map(({ status }) => status),
      ['denied', 'done', 'denied'],
    );
    assert.equal(await own.client.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
  });

  it("the other user's end of one's own connection is allowed, since its reset is possible anyway", async () => {
    const { pairs } = await connectAll(foreign.server, own.client, ipv4, 'mixed', ['victim']);
    const [reply] = await broker.destroy('auto', [await recordOf(pairs.victim.server)]);
    assert.equal(reply?.status, 'done');
    assert.equal(await foreign.server.errnoOf('receive', 'victim'), 'ECONNABORTED');
  });

  it("an orphan of another user is denied, one's own is not", async () => {
    for (const [{ server, client }, expected] of [
      [foreign, 'denied'],
      [own, 'done'],
    ] as const) {
      const { pairs } = await connectAll(server, client, ipv4, `orphan ${expected}`, ['orphan']);
      const record = await recordOf(pairs.orphan.client);
      await client.close('orphan');
      for (const kernelState of [1, 4, 5, 6]) {
        const [reply] = await broker.destroy('sock_diag', [{ ...record, kernelState }]);
        assert.equal(reply?.status, expected, `state ${kernelState}`);
        if (expected === 'done') break;
      }
    }
  });

  it('a signal for another user, for root and for itself is refused, one for the served user arrives', async () => {
    const victims = {
      EPERM: [start(['sleep', '600'], { user: stranger }, {}), start(['sleep', '600'], {}, {})],
      sent: [start(['sleep', '600'], { user: stage.user }, {})],
    };
    const idOf = ({ pid = 0 }) => ({ pid, startTime: startTimeOf(pid) });
    try {
      for (const victim of [...victims.EPERM.map(idOf), idOf({ pid: broker.pid })])
        for (const signal of ['TERM', 'KILL'] as const)
          await assert.rejects(
            broker.signal(victim, signal),
            /signal another user's process failed with EPERM/,
          );
      for (const victim of victims.EPERM) assert.equal(endOf(victim), null);
      const [ours] = victims.sent;
      assert.ok(ours);
      await broker.signal(idOf(ours), 'TERM');
      await new Promise((resolve) => ours.once('exit', resolve));
      assert.equal(endOf(ours), 'SIGTERM');
    } finally {
      for (const victim of [...victims.EPERM, ...victims.sent]) victim.kill('SIGKILL');
    }
  });

  it('an outage for everybody holds the served user down, and nobody else', async () => {
    const { listening } = await connectAll(foreign.server, foreign.client, ipv4, 'held', ['stays']);
    const to = listening.local;
    const everybody: OutageRule = {
      fault: 'refused',
      expiresAt: monotonic() + 60_000,
      netns: stage.netns.inode,
      uid: null,
      subordinates: { first: 0, count: 4_294_967_295 },
      protocol: 'tcp',
      address: null,
      port: to[1],
      pids: null,
      cookies: [],
    };
    const attempt = (puppet: Puppet) => puppet.connectErrno('try', { family: 'ipv4', to });
    await broker.setOutage(0, everybody);
    assert.deepEqual([await attempt(own.client), await attempt(foreign.client)], ['ECONNREFUSED', null]);
    for (const uid of [0, stranger.uid]) {
      await broker.setOutage(0, { ...everybody, uid });
      assert.deepEqual([await attempt(own.client), await attempt(foreign.client)], ['ECONNREFUSED', null]);
    }
    // A blackhole that names another user's socket swallows none of its packets.
    const cookies = [theirs.two.client.cookie, theirs.two.server.cookie];
    await broker.setOutage(0, { ...everybody, fault: 'blackhole', port: null, cookies });
    await assertEchoes([foreign.client, 'two'], [foreign.server, 'two']);
    await broker.clearOutage(0);
  });
});
