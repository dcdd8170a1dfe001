/** A hostile agent that captures what it may not: the broker gives it packets of the served user's own ends alone. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Broker } from '../../agent/broker-link/broker';
import type { CaptureRule } from '../../agent/broker-link/capture-records';
import { monotonic } from '../../agent/broker-link/clock';
import { auditLines } from '../helpers/audit';
import { heldHooks } from '../helpers/bpf-objects';
import { caller } from '../helpers/caller';
import { type HostileCast, hostileCast } from '../helpers/hostile';
import { connectAll, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { assertEchoes } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

describe('a broker that is asked to capture', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let cast: HostileCast;
  before(async () => {
    stage = new Stage();
    cast = await hostileCast(stage);
    ({ broker } = cast);
  });
  after(() => stage?.close());
  afterEach(() => broker.endCapture(caller));

  /** Of everybody, whatever the scope is. */
  const everything = (): CaptureRule => ({
    expiresAt: monotonic() + 60_000,
    netns: null,
    uid: null,
    subordinates: [{ first: 0, count: 4_294_967_295 }],
    protocol: null,
    address: null,
    port: null,
    pids: null,
    cookies: [],
    livingOnly: false,
  });

  /** Cookies of all that there is to take. */
  async function takenCookies(): Promise<Set<string>> {
    const cookies = new Set<string>();
    for (;;) {
      const { records } = await broker.takePackets();
      if (records.length === 0) return cookies;
      for (const { cookie } of records) cookies.add(cookie);
    }
  }

  for (const uid of [null, 0, stranger.uid])
    it(`hands out nothing of another user's, living or new, whatever uid it is told: ${uid}`, async () => {
      const { own, foreign, theirs } = cast;
      const name = `uid ${uid}`;
      const { listening, pairs } = await connectAll(own.server, own.client, ipv4, `l ${name}`, [name]);
      const cookies = [theirs.one.client, theirs.one.server, pairs[name]?.client].map(
        (end) => end?.cookie ?? '',
      );
      await broker.setCapture(caller, 0, 65_536, { ...everything(), uid, cookies });
      await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
      const theirNew = await foreign.client.connect(`new ${name}`, { family: 'ipv4', to: listening.local });
      await own.server.accept(`their ${name}`, `l ${name}`);
      await assertEchoes([foreign.client, `new ${name}`], [own.server, `their ${name}`]);
      await assertEchoes([own.client, name], [own.server, name]);
      const ownNew = await own.client.connect(`own ${name}`, { family: 'ipv4', to: listening.local });
      await own.server.accept(`own ${name}`, `l ${name}`);
      const taken = await takenCookies();
      assert.deepEqual([...taken].sort(), [pairs[name]?.client.cookie ?? '', ownNew.cookie].sort());
      assert.ok(!taken.has(theirNew.cookie));
    });

  it('hands out no packets of an end that another user has of a connection of one of his own', async () => {
    const { own, foreign } = cast;
    const { pairs } = await connectAll(foreign.server, own.client, ipv4, 'mixed', ['mixed']);
    const cookies = [pairs.mixed.server.cookie];
    await broker.setCapture(caller, 0, 65_536, { ...everything(), cookies, livingOnly: true });
    await assertEchoes([own.client, 'mixed'], [foreign.server, 'mixed']);
    assert.deepEqual([...(await takenCookies())], []);
  });

  it('captures for an hour at most, and nothing once it has ended', async () => {
    const { own } = cast;
    const since = new Date();
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'long', ['long']);
    const rule = { ...everything(), cookies: [pairs.long.client.cookie], livingOnly: true };
    await broker.setCapture(caller, 0, 65_536, { ...rule, expiresAt: monotonic() + 1e12 });
    const line = auditLines(stage.user.uid, since).find(({ act }) => act === 'capture');
    assert.ok(line.for_ms > 3_600_000 && line.for_ms <= 3_660_000, String(line.for_ms));
    await broker.endCapture(caller);
    await assertEchoes([own.client, 'long'], [own.server, 'long']);
    assert.deepEqual([...(await takenCookies())], []);
    // Its own end, which nobody has to ask for.
    await broker.setCapture(caller, 0, 65_536, { ...rule, expiresAt: monotonic() - 1 });
    await assertEchoes([own.client, 'long'], [own.server, 'long']);
    assert.deepEqual([...(await takenCookies())], []);
  });

  it('ends by itself where nobody ends it, and leaves nothing to the next one', async () => {
    const { own } = cast;
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'left', ['left']);
    const rule = { ...everything(), cookies: [pairs.left.client.cookie], livingOnly: true };
    await broker.setCapture(caller, 0, 65_536, { ...rule, expiresAt: monotonic() + 2000 });
    await assertEchoes([own.client, 'left'], [own.server, 'left']);
    await until('its hooks are gone', () => heldHooks(broker.pid).length === 0);
    await broker.setCapture(caller, 0, 65_536, rule);
    assert.deepEqual([...(await takenCookies())], []);
  });

  it('refuses what makes no sense', async () => {
    const rule = everything();
    for (const snap of [0, 131_073])
      await assert.rejects(broker.setCapture(caller, 0, snap, rule), /capture request/);
    await assert.rejects(broker.setCapture(caller, 16, 100, rule), /outage request/);
  });
});
