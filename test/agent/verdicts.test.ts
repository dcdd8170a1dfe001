/** How often an act asks the broker: for a verdict once, however many sockets it is about, and never before a destroy, which judges itself. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noReport } from '../../agent/access/report';
import { destroy, plan } from '../../agent/actions/destroy';
import { Broker } from '../../agent/broker-link/broker';
import { forkBroker } from '../../agent/broker-link/native';
import { Context } from '../../agent/context';
import {
  type DestroyOptions,
  parseActingFilter,
  planDestroy,
  type Target,
  targetOf,
} from '../../agent/protocol';
import { drillTarget } from '../../agent/reconnect/drill-target';
import type { OutageSession } from '../../agent/reconnect/outage-aim';
import { Outages } from '../../agent/reconnect/outages';
import { caller } from '../helpers/caller';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const names = Array.from({ length: 40 }, (_, at) => `c${at}`);

const session: OutageSession = { over: false, named: (seen) => seen, namespaces: (all) => all };

/** A broker that notes the name of each request. */
function counted(broker: Broker, asked: string[]): Broker {
  return new Proxy(broker, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...words: unknown[]) => {
        asked.push(String(key));
        return value.apply(target, words);
      };
    },
  });
}

describe('requests to the broker', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let context: Context;
  let asked: string[];
  let own: { server: Puppet; client: Puppet };
  let strangersServer: Puppet;
  /** Their end of each connection. */
  let strangers: Puppet;
  let port: number;
  let mine: Record<string, Pair>;
  let theirs: Record<string, Pair>;
  before(async () => {
    stage = new Stage();
    const forked = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => forked.close());
    asked = [];
    broker = counted(forked, asked);
    own = { server: await stage.puppet(), client: await stage.puppet() };
    strangersServer = await stage.puppet({ user: stranger });
    strangers = await stage.puppet({ user: stranger });
    const ours = await connectAll(own.server, own.client, ipv4, 'ours', names);
    mine = ours.pairs;
    port = ours.listening.local[1];
    theirs = (await connectAll(strangersServer, strangers, ipv4, 'theirs', names)).pairs;
    context = await Context.withBroker(
      { mode: 'agent', scope: 'mine', readOnly: false, uid: stage.user.uid, report: noReport },
      broker,
    );
  });
  after(() => stage?.close());

  /** What `act` asks, without the scans of sockets and of their processes. */
  async function askedBy<T>(act: () => Promise<T>): Promise<{ asked: string[]; result: T }> {
    asked.length = 0;
    const result = await act();
    return { asked: asked.filter((name) => name !== 'list' && name !== 'carriers'), result };
  }

  async function targetsOf(pairs: readonly (Pair | undefined)[]): Promise<Target[]> {
    const inventory = await context.scanner.scan();
    const cookies = new Set(pairs.map((pair) => pair?.client.cookie));
    return [...inventory.all()].flatMap(({ socket }) => (cookies.has(socket.cookie) ? [socket] : []));
  }

  const actsOf = (results: readonly { act?: string; outcome?: string }[]) =>
    [...new Set(results.map(({ act, outcome }) => act ?? outcome))].sort();

  it('a plan is one scan of some sockets and one request for all verdicts', async () => {
    const targets = await targetsOf([...Object.values(mine), ...Object.values(theirs)]);
    assert.equal(targets.length, 80);
    const { result } = await askedBy(() => plan(context, { targets }));
    // A process that is new is asked about again.
    assert.deepEqual(
      asked.filter((name) => name !== 'carriers'),
      ['list', 'judge'],
    );
    assert.deepEqual(actsOf(result.plan), ['denied', 'destroy']);
    const [denied] = result.plan.filter(({ act }) => act === 'denied');
    assert.match(denied?.message ?? '', /: sudo sockscope agent restart --scope all$/);
  });

  it('a destroy asks for no verdict, and is denied by the broker itself', async () => {
    const targets = await targetsOf([mine.c0, theirs.c0]);
    const { asked, result } = await askedBy(() => destroy(context, caller, { targets }));
    assert.deepEqual(asked, ['destroy']);
    assert.deepEqual(actsOf(result), ['denied', 'destroyed']);
    const [denied] = result.filter(({ outcome }) => outcome === 'denied');
    assert.match(denied?.message ?? '', /belongs to another user.*agent restart --scope all$/);
  });

  it("another user's socket is denied, whatever the agent itself would refuse", async () => {
    const inventory = await context.scanner.scan();
    const listeners = [...inventory.all()].filter(
      ({ socket }) => socket.state === 'listen' && socket.netns === stage.netns.inode,
    );
    const targets = listeners.map(({ socket }) => socket);
    const options: DestroyOptions = { includeListeners: false };
    const { asked, result } = await askedBy(() => destroy(context, caller, { targets, ...options }));
    assert.deepEqual([asked, actsOf(result)], [['destroy'], ['denied', 'protected']]);
    assert.deepEqual(actsOf((await plan(context, { targets, ...options })).plan), ['denied', 'protected']);
  });

  it('the connections of a drill are judged by one request', async () => {
    const parsed = parseActingFilter(`remote:${port}`);
    assert.ok(parsed.ok);
    const inventory = await context.scanner.scan();
    const { asked, result } = await askedBy(() =>
      drillTarget(broker, inventory, { end: 'local', oneOfPool: false }, parsed.filter, (seen) => seen),
    );
    assert.deepEqual([asked, result.targets.length, result.denied], [['judge'], 39, 0]);
  });

  it("an outage of another user's connection, or process, says how to allow it", async () => {
    const outages = new Outages(context, broker);
    const theirs1 = theirs.c1?.client;
    for (const filter of [`cookie:${theirs1?.cookie}`, `pid:${strangers.pid}`]) {
      const parsed = parseActingFilter(filter);
      assert.ok(parsed.ok);
      const params = { filter, fault: 'refused', forMs: 1000, detach: true } as const;
      await assert.rejects(outages.start(caller, session, params, parsed.filter), {
        message: /scope all \(sudo sockscope agent restart --scope all\)/,
      });
    }
    await assertEchoes([strangers, 'c1'], [strangersServer, 'c1']);
  });

  it('an observer, without a broker, denies what it sees no owner of', async () => {
    const observer = await stage.observer();
    const planOf = async (pair: Pair | undefined) => {
      const [target] = await targetsOf([pair]);
      assert.ok(target);
      return (await observer.request(planDestroy, { targets: [targetOf(target)] })).plan[0];
    };
    const [ours, others] = [await planOf(mine.c2), await planOf(theirs.c2)];
    assert.deepEqual([ours?.act, others?.act], ['destroy', 'denied']);
    assert.match(others?.message ?? '', /cannot be identified as yours.*agent serve --scope all$/);
  });

  it('an outage is judged once, and again only what has come meanwhile', async () => {
    const filter = `remote:${port} net:${stage.netns.inode}`;
    const parsed = parseActingFilter(filter);
    assert.ok(parsed.ok);
    const params = {
      filter,
      fault: 'refused',
      forMs: 60_000,
      detach: true,
    } as const;
    const outages = new Outages(context, broker);
    const { asked, result } = await askedBy(() => outages.start(caller, session, params, parsed.filter));
    await outages.stop(result.outage.id);
    assert.deepEqual(
      asked.filter((name) => name === 'judge' || name === 'destroy'),
      ['judge', 'destroy'],
    );
    assert.equal(result.destroyed.filter(({ outcome }) => outcome === 'destroyed').length, 39);
    await assertEchoes([await reconnected(), 'again'], [own.server, 'again']);
  });

  /** A connection after the outage. */
  async function reconnected(): Promise<Puppet> {
    const { local } = await own.server.info('ours');
    await own.client.connect('again', { family: 'ipv4', to: local });
    await own.server.accept('again', 'ours');
    return own.client;
  }
});
