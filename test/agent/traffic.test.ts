/** Bytes per second of the rows and groups of a view. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../../agent/client/connect';
import { refreshView, rootGroup, setView, unpackChange, type ViewChange } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import type { Puppet } from '../helpers/puppet';
import { Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

describe('the traffic in a view', { skip: withoutRoot }, () => {
  let stage: Stage;
  let server: Puppet;
  let peer: Puppet;
  let pairs: Record<'talks' | 'rests', Pair>;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    peer = await stage.puppet();
    ({ pairs } = await connectAll(server, peer, ipv4, 'listener', ['talks', 'rests']));
  });
  after(() => stage?.close());

  /** The whole view of the two programs, after a scan. */
  async function look(client: Client): Promise<ViewChange> {
    const group = `process/${peer.pid}.${startTimeOf(peer.pid)}`;
    const params = {
      view: 1,
      filter: `pid:${peer.pid}`,
      show: 'everything',
      groupBy: 'process',
      workspace: { roots: [], folders: [] },
      open: { [rootGroup]: 10, [group]: 10 },
    } as const;
    await client.request(refreshView, { view: 1 }).catch(() => {}); // there is none yet
    return unpackChange(await client.request(setView, params));
  }

  function rateOf({ rows }: ViewChange, { client: { cookie } }: Pair): number | null | undefined {
    const found = Object.values(rows).flatMap(({ set }) => set);
    return found.find(({ socket }) => socket.cookie === cookie)?.bytesPerSecond;
  }

  it('is that of the connection which sends, and of its process', async () => {
    await stage.agent();
    const client = await stage.clientOfUser();
    const seen = await until('bytes are counted', async () => {
      await peer.send('talks', 'x'.repeat(1000));
      await server.receive('talks');
      const now = await look(client);
      return (rateOf(now, pairs.talks) ?? 0) > 0 ? now : undefined;
    });
    assert.equal(rateOf(seen, pairs.rests), 0);
    assert.deepEqual(
      seen.groups.set.map(({ bytesPerSecond }) => bytesPerSecond),
      [rateOf(seen, pairs.talks)],
    );
  });

  it('is not known without an agent', async () => {
    const observer = await stage.observer();
    await look(observer);
    assert.equal(rateOf(await look(observer), pairs.talks), null);
  });
});
