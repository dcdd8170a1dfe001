/**
 * A hostile agent and the audit log: this test holds the control socket of a broker. It can do nothing without a line, and can
 * neither fill the log nor forge whom the broker serves.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Broker } from '../../agent/broker-link/broker';
import { BrokerChannel } from '../../agent/broker-link/broker-channel';
import { monotonic } from '../../agent/broker-link/clock';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import { constants, forkBroker } from '../../agent/broker-link/native';
import { startTimeOf } from '../../agent/system/process-stat';
import { auditLines, type Line } from '../helpers/audit';
import { caller } from '../helpers/caller';
import { connectAll, type Pair, type Place, places } from '../helpers/pairs';
import { until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const claims = { method: 'no/such', client: { uid: 0, pid: 1 } };

describe('the audit of a broker whose agent is hostile', { skip: withoutRoot }, () => {
  let stage: Stage;
  let broker: Broker;
  let since: Date;
  let server: Puppet;
  let client: Puppet;
  let theirs: Pair;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet({ user: stranger });
    client = await stage.puppet({ user: stranger });
    theirs = (await connectAll(server, client, ipv4, 'theirs', ['one'])).pairs.one;
  });
  beforeEach(() => {
    since = new Date();
    const opened = new Broker(forkBroker(stage.user.uid, false));
    stage.onClose(() => opened.close());
    broker = opened;
  });
  after(() => stage?.close());

  const lines = () => auditLines(stage.user.uid, since);

  async function recordOf(pair: Pair): Promise<DestroyRecord> {
    const sockets = socketsOf(await broker.list());
    const record = sockets.find((each) => each.record.cookie === pair.client.cookie)?.record;
    assert.ok(record);
    return record;
  }

  const counted = (some: readonly Line[]) => some.reduce((total, { count = 1 }) => total + count, 0);

  it('whom it serves and in which scope is the broker’s knowledge; who asks is marked as claimed', async () => {
    const own = [await stage.puppet(), await stage.puppet()] as const;
    const { ours } = (await connectAll(...own, ipv4, 'ours', ['ours'])).pairs;
    await broker.destroy(claims, 'auto', [await recordOf(ours)]);
    const [intent, outcome, ...more] = lines();
    assert.deepEqual(more, []);
    for (const { uid, scope, claimed, owner } of [intent, outcome]) {
      assert.deepEqual([uid, scope], [stage.user.uid, 'mine']);
      assert.deepEqual(claimed, { uid: 0, pid: 1, method: 'unknown' });
      assert.equal(owner.pid, own[1].pid);
    }
  });

  it('a take-over of a listener is called so', async () => {
    const own = await stage.puppet();
    await own.listen('taken', { family: 'ipv4', address: '127.0.0.1' });
    const { cookie } = await own.info('taken');
    const sockets = socketsOf(await broker.list());
    const record = sockets.find((each) => each.record.cookie === cookie)?.record;
    assert.ok(record);
    await broker.destroy(caller, 'bpf', [record], { takesOver: true });
    assert.deepEqual(
      lines().map(({ act, phase, outcome }) => [act, phase, outcome]),
      [
        ['take-over', 'intent', undefined],
        ['take-over', 'outcome', 'destroyed'],
      ],
    );
  });

  it('R20: an attempt beyond the scope stands in it', async () => {
    const [reply] = await broker.destroy(caller, 'bpf', [await recordOf(theirs)]);
    assert.equal(reply?.status, 'denied');
    const id = { pid: client.pid, startTime: startTimeOf(client.pid) };
    await assert.rejects(broker.signal(caller, id, 'KILL'));
    await assert.rejects(broker.signal(caller, { pid: 1, startTime: startTimeOf(1) }, 'TERM'));
    assert.deepEqual(
      lines().map(({ act, phase, outcome, by, owner, process }) => [
        act,
        phase,
        outcome,
        by,
        owner?.pid ?? process.pid,
      ]),
      [
        ['destroy', 'refusal', 'denied', 'scope', client.pid],
        ['signal', 'refusal', 'denied', 'scope', client.pid],
        ['signal', 'refusal', 'denied', 'scope', 1],
      ],
    );
    await assertEchoes([client, 'one'], [server, 'one']);
  });

  it('a thousand attempts are 200 lines, and a count of the others', async () => {
    const record = await recordOf(theirs);
    // Twice in one request, it counts once.
    for (let times = 0; times < 1000; times++) await broker.destroy(caller, 'auto', [record]);
    // A reader has the rest before it is written: after a minute, or at the end.
    const told = (await broker.auditLines(since.getTime())).lines.map((line) => JSON.parse(line));
    assert.equal(counted(told), 1000);
    broker.close();
    await until('the rest is summed up', () => counted(lines()) === 1000);
    for (const { act, outcome } of lines()) assert.deepEqual([act, outcome], ['destroy', 'denied']);
    const refusals = lines().filter(({ phase }) => phase === 'refusal').length;
    assert.ok(refusals >= 200 && refusals < 300, `${refusals} lines`);
    assert.ok(lines().length - refusals < 10, 'and few sums');
    assert.ok(JSON.stringify(lines()).length < 200_000);
  });

  it('a thousand extensions of an outage are 200 of two lines each, and a count of the others', async () => {
    const own = await stage.puppet();
    const rule = {
      fault: 'refused',
      expiresAt: monotonic() + 60_000,
      holdMs: null,
      netns: stage.netns.inode,
      uid: stage.user.uid,
      subordinates: [],
      protocol: 'tcp',
      address: null,
      port: 9,
      pids: [own.pid],
      cookies: [],
      loss: null,
    } as const;
    await broker.setOutage(caller, 0, rule);
    // Several at once: after a minute, which a busy machine may take for them one by one, there would be a sum.
    for (let times = 0; times < 1000; times += 50)
      await Promise.all(Array.from({ length: 50 }, () => broker.extendOutage(caller, 0, own.pid)));
    await broker.clearOutage(caller, 0);
    broker.close();
    const ofPhase = (wanted: string) =>
      lines().filter(
        ({ act, phase, common_s }) =>
          act === 'extend-outage' && (common_s === undefined ? phase : 'common') === wanted,
      );
    await until('the rest is summed up', () => ofPhase('sum').length > 0);
    const [intents, outcomes] = [ofPhase('intent'), ofPhase('outcome')];
    const [sum] = ofPhase('sum');
    assert.ok(intents.length >= 200 && intents.length < 210, `${intents.length} lines`);
    assert.deepEqual(
      [outcomes.length, sum.outcome, sum.count],
      [intents.length, 'done', 1000 - intents.length],
    );
    for (const line of [intents[0], ofPhase('common')[0], sum]) assert.equal(line.process.pid, own.pid);
    assert.equal(ofPhase('common').length, 1, 'a line in common stands before them');
  });

  it('3000 destroys of own sockets are 2000 of two lines each, and sums by process', async () => {
    const owners: Puppet[] = [];
    for (let number = 0; number < 5; number++) owners.push(await stage.puppet());
    const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    for (const [number, owner] of owners.entries())
      for (let port = 0; port < 20; port++)
        await owner.bind(`${port}`, { ...binding, port: 24_000 + 20 * number + port });
    const pids = owners.map(({ pid }) => pid);
    const sockets = socketsOf(await broker.list());
    const records = sockets.flatMap(({ record, owners: [owner] }) =>
      pids.includes(owner?.pid ?? 0) ? [record] : [],
    );
    assert.equal(records.length, 100);
    // A socket that keeps its port can be reset again and again.
    for (let round = 0; round < 20; round++) await broker.destroy(caller, 'auto', records);
    const before = lines().length;
    for (let round = 0; round < 10; round++) await broker.destroy(caller, 'auto', records);
    const common = lines().filter(({ phase, common_s }) => phase === 'intent' && common_s === 60);
    broker.close();
    const sums = () => lines().filter(({ phase }) => phase === 'sum');
    await until('the rest is summed up', () => sums().length > 0);
    const named = (line: Line) => (line.owner ? pids.includes(line.owner.pid) : false);
    for (const found of [common, sums()])
      assert.deepEqual(
        [found.length, found.filter(named).length],
        [4, 3],
        'of three processes, and of others',
      );
    assert.deepEqual(
      new Set(sums().map(({ act, outcome }) => `${act} ${outcome}`)),
      new Set(['destroy reset']),
    );
    const own = lines().filter(({ phase }) => phase === 'outcome');
    const summed = sums().reduce((total, { count }) => total + count, 0);
    assert.ok(own.length >= 2000 && own.length < 2010, `${own.length} lines`);
    assert.equal(own.length + summed, 3000);
    const bytes = JSON.stringify(lines().slice(before)).length;
    assert.ok(bytes < 10_000, `${bytes} bytes`);
  });

  for (const scope of ['mine', 'all'] as const)
    it(`targets and processes that do not exist are counted, scope ${scope}`, async () => {
      const other = new Broker(forkBroker(stage.user.uid, scope === 'all'));
      const record = await recordOf(theirs);
      const made = Array.from({ length: 5000 }, (_, index) => ({
        ...record,
        cookie: `${2n ** 62n + BigInt(index)}`,
      }));
      for (let round = 0; round < 3; round++) await other.destroy(caller, 'auto', made);
      await assert.rejects(other.signal(caller, { pid: client.pid, startTime: '1' }, 'TERM'));
      other.close();
      assert.deepEqual(
        lines().map(({ act, phase, outcome, count }) => [act, phase, outcome, count]),
        [...new Array(3).fill(['destroy', 'refusal', 'gone', 5000]), ['signal', 'refusal', 'gone', 1]],
      );
    });

  it('a request without a client in front, or with a wrong count, does nothing', async () => {
    const { pid, control, memory } = forkBroker(stage.user.uid, true);
    const channel = new BrokerChannel(control, pid);
    stage.onClose(() => channel.close());
    assert.ok(memory >= 0);
    const { destroy, signal, setOutage, clearOutage, extendOutage } = constants.message;
    for (const type of [destroy, signal, setOutage, clearOutage, extendOutage])
      for (const length of [0, 4, 15, 16, 17, 24])
        await assert.rejects(
          channel.request(type, Buffer.alloc(length, 1)),
          /EINVAL/,
          `${type}, ${length} bytes`,
        );
    assert.deepEqual(lines(), []);
  });

  it('reads the lines of the served user alone', async () => {
    await broker.destroy(caller, 'auto', [await recordOf(theirs)]);
    const other = new Broker(forkBroker(stranger.uid, false));
    stage.onClose(() => other.close());
    await other.destroy(caller, 'auto', [await recordOf(theirs)]);
    for (const [reader, uid] of [
      [broker, stage.user.uid],
      [other, stranger.uid],
    ] as const) {
      const { lines: read, complete } = await reader.auditLines(since.getTime());
      assert.ok(read.length > 0 && complete);
      assert.deepEqual(new Set(read.map((line) => JSON.parse(line).uid)), new Set([uid]));
    }
  });
});
