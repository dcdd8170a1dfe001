/** A hostile agent that asks to tune what the scope does not cover, or what it has made up: the broker and its BPF program refuse. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Broker } from '../../agent/broker-link/broker';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import type { Tuning } from '../../agent/protocol';
import { caller } from '../helpers/caller';
import { type HostileCast, hostileCast } from '../helpers/hostile';
import { connectAll, type Place, places } from '../helpers/pairs';
import type { Puppet, SocketInfo } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { Stage, withoutRoot } from '../helpers/stage';

const options = ['SO_KEEPALIVE', 'TCP_KEEPIDLE', 'TCP_KEEPINTVL', 'TCP_KEEPCNT', 'TCP_USER_TIMEOUT'];
const asked: Tuning = { keepalive: { idleS: 3, intervalS: 3, probes: 3 }, userTimeoutMs: 3000 };

describe('a broker that is asked to tune', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let cast: HostileCast;
  before(async () => {
    stage = new Stage();
    cast = await hostileCast(stage);
    ({ broker } = cast);
  });
  after(() => stage?.close());

  async function recordOf({ cookie }: SocketInfo): Promise<DestroyRecord> {
    const record = socketsOf(await broker.list()).find((each) => each.record.cookie === cookie)?.record;
    assert.ok(record);
    return record;
  }

  /** The status of each, and that none of them has changed. */
  async function assertLeft(
    owner: Puppet,
    name: string,
    records: readonly DestroyRecord[],
    status: string,
  ): Promise<void> {
    const before = await owner.getOptions(name, options);
    for (const tuning of [asked, null])
      for (const reply of await broker.tune(caller, records, tuning))
        assert.deepEqual([reply.status, reply.engine], [status, status === 'minisock' ? 'bpf' : null]);
    assert.deepEqual(await owner.getOptions(name, options), before);
  }

  for (const place of places)
    it(`denies others' ends, also of one's own connections, over ${place.loopback}`, async () => {
      const { own, foreign } = cast;
      const { pairs } = await connectAll(foreign.server, own.client, place, `mixed ${place.family}`, [
        'mixed',
      ]);
      const theirs = await recordOf(pairs.mixed.server);
      await assertLeft(foreign.server, 'mixed', [theirs, { ...theirs, owner: own.client.pid }], 'denied');
      const [reply] = await broker.tune(caller, [await recordOf(pairs.mixed.client)], asked);
      assert.deepEqual([reply?.status, reply?.errno], ['done', 0]);
      assert.deepEqual(await own.client.getOptions('mixed', ['TCP_KEEPIDLE', 'TCP_USER_TIMEOUT']), {
        TCP_KEEPIDLE: 3,
        TCP_USER_TIMEOUT: 3000,
      });
      const [restored] = await broker.tune(caller, [await recordOf(pairs.mixed.client)], null);
      assert.deepEqual([restored?.status, restored?.errno], ['done', 0]);
      await own.client.reset('mixed');
    });

  it('leaves what is not as it is named', async () => {
    const [place] = places as [Place];
    const { own, theirs } = cast;
    const { pairs } = await connectAll(own.server, own.client, place, 'ours', ['named']);
    const record = await recordOf(pairs.named.client);
    const port = { ...record, local: { ...record.local, port: record.local.port ^ 1 } };
    const address = { ...record, remote: { ...record.remote, address: '127.0.0.9' } };
    await assertLeft(own.client, 'named', [port, address], 'changed');
    // Another one's cookie with one's own tuple: there is no such socket.
    const other = await recordOf(theirs.one.client);
    const mixed = { ...other, local: record.local, remote: record.remote };
    await assertLeft(own.client, 'named', [mixed], 'pending');
    await assertLeft(own.client, 'named', [{ ...record, netns: 1 }], 'pending');
    await assertLeft(own.client, 'named', [{ ...record, cookie: '18446744073709551000' }], 'pending');
    await own.client.shutdown('named'); // fin-wait-2
    await assertLeft(own.client, 'named', [record], 'minisock');
    await own.client.reset('named');
  });

  it('refuses what the kernel does not take, and what is no connection', async () => {
    const { own } = cast;
    const record = await recordOf(
      await own.client.listen('listens', { family: 'ipv4', address: '127.0.0.1' }),
    );
    await assert.rejects(broker.tune(caller, [record], asked), /EINVAL/);
    const [place] = places as [Place];
    const { pairs } = await connectAll(own.server, own.client, place, 'odd', ['odd']);
    const connection = await recordOf(pairs.odd.client);
    const keepalives = [
      { idleS: 0, intervalS: 3, probes: 3 },
      { idleS: 32_768, intervalS: 3, probes: 3 },
      { idleS: 3, intervalS: 0, probes: 3 },
      { idleS: 3, intervalS: 3, probes: 128 },
    ];
    for (const tuning of [...keepalives.map((keepalive) => ({ keepalive })), { userTimeoutMs: 2 ** 31 }, {}])
      await assert.rejects(broker.tune(caller, [connection], tuning), /EINVAL/);
    await assert.rejects(broker.tune(caller, [{ ...connection, protocol: 'udp' }], asked), /EINVAL/);
    await own.client.reset('odd');
  });
});
