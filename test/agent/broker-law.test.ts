/**
 * A hostile agent: this test holds the control socket of a broker that serves a plain user, and sends it whatever it likes. The
 * broker allows what the scope covers, and nothing else.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { AttemptEvent } from '../../agent/broker-link/attempt-records';
import { Broker } from '../../agent/broker-link/broker';
import type { DestroyRecord } from '../../agent/broker-link/destroy-records';
import {
  type ConnectionRecord,
  connectionSize,
  decodeConnection,
  type HistoryEvents,
} from '../../agent/broker-link/history-records';
import { constants, forkBroker } from '../../agent/broker-link/native';
import { startTimeOf } from '../../agent/system/process-stat';
import { auditLines } from '../helpers/audit';
import { caller } from '../helpers/caller';
import { type Ends, type HostileCast, hostileCast } from '../helpers/hostile';
import { closeFirst, connectAll, type Place, places } from '../helpers/pairs';
import { end, endOf, start, until } from '../helpers/programs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import { socketsOf } from '../helpers/rows';
import { Stage, stranger, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];
const engines = ['bpf', 'sock_diag', 'auto'] as const;

/** Requests that a test below makes beyond the scope. */
const tried = new Set([
  'destroy',
  'tune', // tune-law.test.ts
  'signal',
  'bindTrials', // bind-law.test.ts
  'workingDirectories',
  'processFiles',
  'watchAttempts',
  'keepHistory',
  'watchProcesses',
  'follow',
  'setCapture', // capture-law.test.ts
  'takePackets', // the same
  'setOutage', // broker-law-outages.test.ts
  'extendOutage', // the same
  'auditLines', // audit-hostile.test.ts
]);

describe('a broker whose agent is hostile', { skip: withoutRoot }, () => {
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

  it('each request has its rule, and each that the scope limits is tried here', () => {
    const limited = Object.entries(constants.requestRules).flatMap(([name, rule]) =>
      rule === 'scope' ? [name] : [],
    );
    assert.deepEqual(new Set(limited), tried);
  });

  async function recordOf({ cookie }: SocketInfo): Promise<DestroyRecord> {
    const sockets = socketsOf(await broker.list());
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
          const [reply] = await broker.destroy(caller, engine, [{ ...record, kernelState }]);
          assert.deepEqual([reply?.status, reply?.engine], ['denied', null]);
        }
      await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
    });

  it("judges others' sockets denied and one's own allowed, and changes nothing by it", async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'judged', ['ours']);
    const shared = (await connectAll(foreign.server, own.client, ipv4, 'judged too', ['mixed'])).pairs.mixed;
    const records = await Promise.all(
      [
        theirs.one.client,
        theirs.one.server,
        await foreign.server.info('theirs'),
        pairs.ours.client,
        shared.server,
        shared.client,
      ].map(recordOf),
    );
    const [, , , ours] = records as [DestroyRecord, DestroyRecord, DestroyRecord, DestroyRecord];
    const before = new Date();
    const judged = await broker.judge([
      ...records,
      { ...ours, local: { ...ours.local, address: '127.0.0.9' } },
      { ...ours, cookie: '18446744073709551000' },
      { ...ours, netns: 1 },
    ]);
    assert.deepEqual(
      judged.map(({ verdict, watchable }) => [verdict, watchable]),
      [
        ...[1, 2, 3].map(() => ['denied', false]),
        ['allowed', true],
        ['allowed', false], // its owner is another user, who would come back unseen
        ['allowed', true],
        ['changed', true],
        ['gone', true],
        ['unseen', true], // nothing leads to such a namespace
      ],
    );
    assert.deepEqual(await broker.judge([]), []);
    await assert.rejects(broker.judge([{ ...ours, protocol: 'raw' }]), /EINVAL/);
    await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
    await assertEchoes([own.client, 'ours'], [own.server, 'ours']);
    assert.deepEqual(auditLines(stage.user.uid, before), []);
  });

  it("time-wait is one's own if no other user has the port with the same protocol", async () => {
    const waiting = async (server: Puppet, name: string) => {
      const { pairs } = await connectAll(server, own.client, ipv4, name, ['c']);
      await closeFirst(server, own.client, 'c');
      return recordOf(pairs.c.server);
    };
    const verdictOn = async (record: DestroyRecord) =>
      (await broker.judge([record])).map(({ verdict }) => verdict);
    const free = await waiting(own.server, 'free');
    await own.server.close('free');
    const { port } = free.local;
    await foreign.server.bind('udp', { family: 'ipv4', protocol: 'udp', address: '127.0.0.1', port });
    assert.deepEqual(await verdictOn(free), ['allowed']);
    assert.deepEqual(await verdictOn(await waiting(foreign.server, 'held')), ['denied']);
  });

  it("time-wait is one's own where another user has the port at another address", async () => {
    const { local } = await own.server.listen('reused', { ...ipv4, address: '127.0.0.1', reuse: true });
    await own.client.connect('accepted', { ...ipv4, to: local });
    const info = await own.server.accept('accepted', 'reused');
    await own.server.close('reused');
    await closeFirst(own.server, own.client, 'accepted');
    const record = await recordOf(info);
    for (const [family, address, verdict] of [
      ['ipv4', '127.0.0.2', 'allowed'],
      ['ipv4', '127.0.0.1', 'denied'],
      ['ipv4', '0.0.0.0', 'denied'],
      ['ipv6', '::1', 'allowed'],
      ['ipv6', '::', 'denied'],
    ] as const) {
      await foreign.server.listen(address, { family, address, port: local[1], reuse: true });
      assert.equal((await broker.judge([record]))[0]?.verdict, verdict, address);
      await foreign.server.close(address);
    }
  });

  it("own connections are destroyed, also in one request with others' that are denied", async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'ours', ['victim']);
    const requested = await Promise.all(
      [theirs.one.client, pairs.victim.client, theirs.two.client].map(recordOf),
    );
    const replies = await broker.destroy(caller, 'auto', requested);
    assert.deepEqual(
      replies.map(({ status }) => status),
      ['denied', 'done', 'denied'],
    );
    assert.equal(await own.client.errnoOf('receive', 'victim'), 'ECONNABORTED');
    await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
  });

  it('what is not as it was seen is left, and not written down, where that is asked for', async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'seen', ['stays', 'gone']);
    const [stays, gone] = await Promise.all([pairs.stays.client, pairs.gone.client].map(recordOf));
    assert.ok(stays && gone);
    await closeFirst(own.server, own.client, 'gone');
    const owner = own.client.pid;
    const began = new Date();
    const elsewhere = { ...stays, local: { ...stays.local, address: '127.0.0.9' }, owner };
    const stale = [
      { ...stays, owner: own.server.pid },
      { ...stays, kernelState: 8, owner },
      stays,
      elsewhere,
    ];
    for (const target of [...stale, { ...gone, owner }]) {
      const [reply] = await broker.destroy(caller, 'auto', [target], { asSeen: true });
      assert.deepEqual([reply?.status, reply?.engine], ['stale', null]);
    }
    await assertEchoes([own.client, 'stays'], [own.server, 'stays']);
    assert.deepEqual(auditLines(stage.user.uid, began), []);
    const theirsToo = { ...(await recordOf(theirs.one.client)), owner: foreign.client.pid };
    const replies = await broker.destroy(caller, 'auto', [{ ...stays, owner }, theirsToo], { asSeen: true });
    assert.deepEqual(
      replies.map(({ status }) => status),
      ['done', 'denied'],
    );
    assert.equal(await own.client.errnoOf('receive', 'stays'), 'ECONNABORTED');
    await assertEchoes([foreign.client, 'one'], [foreign.server, 'one']);
  });

  it("the other user's end of one's own connection is allowed, since its reset is possible anyway", async () => {
    const { pairs } = await connectAll(foreign.server, own.client, ipv4, 'mixed', ['victim']);
    const [reply] = await broker.destroy(caller, 'auto', [await recordOf(pairs.victim.server)]);
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
        const [reply] = await broker.destroy(caller, 'sock_diag', [{ ...record, kernelState }]);
        assert.equal(reply?.status, expected, `state ${kernelState}`);
        if (expected === 'done') break;
      }
    }
  });

  it("another user's sockets without a process are not root's", async () => {
    const { listening } = await connectAll(foreign.server, foreign.client, ipv4, 'left', ['orphan']);
    const orphan = await recordOf(await foreign.client.info('orphan'));
    await foreign.client.fill('orphan');
    await foreign.client.close('orphan');
    const { local } = await foreign.client.connect('queued', { ...ipv4, to: listening.local });
    const queued = socketsOf(await broker.list()).find(
      ({ record }) => record.local.port === listening.local[1] && record.remote.port === local[1],
    );
    assert.ok(queued);
    const ofRoot = new Broker(forkBroker(0, false));
    try {
      const judged = await ofRoot.judge([orphan, queued.record]);
      assert.deepEqual(
        judged.map(({ verdict }) => verdict),
        ['denied', 'denied'],
      );
    } finally {
      ofRoot.close();
    }
  });

  it('a signal for another user, for root and for itself is refused, one for the served user arrives', async () => {
    const victims = {
      EPERM: [start(['sleep', '600'], { user: stranger }, {}), start(['sleep', '600'], {}, {})],
      sent: [start(['sleep', '600'], { user: stage.user }, {})],
    };
    const idOf = ({ pid = 0 }) => ({ pid, startTime: startTimeOf(pid) });
    try {
      // Until then, they are root's.
      for (const victim of [...victims.EPERM, ...victims.sent])
        await until('it runs', () => readFileSync(`/proc/${victim.pid}/comm`, 'utf8') === 'sleep\n');
      for (const victim of [...victims.EPERM.map(idOf), idOf({ pid: broker.pid })])
        for (const signal of ['TERM', 'KILL'] as const)
          await assert.rejects(
            broker.signal(caller, victim, signal),
            /reach another user's process failed with EPERM/,
          );
      for (const victim of victims.EPERM) assert.equal(endOf(victim), null);
      const [ours] = victims.sent;
      assert.ok(ours);
      const ended = once(ours, 'exit');
      await broker.signal(caller, idOf(ours), 'TERM');
      await ended;
      assert.equal(endOf(ours), 'SIGTERM');
    } finally {
      for (const victim of [...victims.EPERM, ...victims.sent]) victim.kill('SIGKILL');
    }
  });

  it("connects, ends and sockets of another user's processes are not reported, one's own are", async () => {
    const { listening, pairs } = await connectAll(own.server, own.client, ipv4, 'watched', ['ours']);
    const to = listening.local;
    const seen: AttemptEvent[] = [];
    const keep = (event: AttemptEvent) => seen.push(event);
    const child = start(['sleep', '600'], { user: stranger }, {});
    broker.on('attempt', keep);
    try {
      await broker.watchAttempts({ follows: true, watchedOnly: false });
      await broker.watchProcesses([child.pid ?? 0]);
      await broker.follow([theirs.two.client.cookie, pairs.ours.client.cookie]);
      await foreign.client.connectErrno('foreign', { family: 'ipv4', to });
      await own.client.connectErrno('own', { family: 'ipv4', to });
      await foreign.client.close('two');
      await own.client.close('ours');
      await end(child);
      await broker.flushAttempts();
    } finally {
      broker.off('attempt', keep);
      await broker.unwatchAttempts();
      child.kill('SIGKILL');
    }
    const connects = seen.flatMap((event) => (event.kind === 'connect' ? [event.pid] : []));
    assert.deepEqual(connects, [own.client.pid]);
    const cookies = new Set(seen.flatMap((event) => ('cookie' in event ? [event.cookie] : [])));
    assert.ok(cookies.has(pairs.ours.client.cookie) && !cookies.has(theirs.two.client.cookie));
    assert.ok(!seen.some(({ kind }) => kind === 'exit'));
  });

  it("no history of another user's connections is kept", async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'l past', ['past']);
    const seen: ConnectionRecord[] = [];
    const keep = ({ records }: HistoryEvents) => {
      for (let at = 0; at < records.length; at += connectionSize) seen.push(decodeConnection(records, at));
    };
    const { local } = await own.server.info('past');
    const theirsToo = await connectAll(foreign.server, foreign.client, ipv4, 'l old', ['old']);
    broker.on('history', keep);
    try {
      await broker.keepHistory();
      await foreign.client.connect('to own', { family: 'ipv4', to: theirsToo.listening.local });
      await foreign.client.connectErrno('refused', { family: 'ipv4', to: ['127.0.0.1', 1] });
      await own.client.connectErrno('refused', { family: 'ipv4', to: ['127.0.0.1', 1] });
      await foreign.client.connect('into own', { family: 'ipv4', to: local });
      for (const each of ['old', 'to own', 'into own']) await foreign.client.close(each);
      await own.client.close('past');
      await own.server.close('past');
      await until('both ends have ended', async () => {
        await broker.keepHistory();
        return seen.filter(({ kind }) => kind === 'ended').length === 2;
      });
    } finally {
      broker.off('history', keep);
      await broker.dropHistory();
    }
    assert.deepEqual(new Set(seen.map(({ uid }) => uid)), new Set([stage.user.uid]));
    const pids = new Set(seen.flatMap(({ process }) => process?.pid ?? []));
    assert.deepEqual(pids, new Set([own.client.pid, own.server.pid]));
    const kinds = seen.filter(({ process }) => process).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['failed', 'ended', 'ended']);
    // Their connection to a listener of the user's is his as well.
    const [taken] = seen.filter(({ kind, direction }) => kind === 'opened' && direction === 'in');
    assert.deepEqual([taken?.local.port, taken?.process], [local[1], null]);
    assert.ok(seen.some(({ cookie }) => cookie === pairs.past.client.cookie));
  });

  it("no working directory of another user's process is shown, and none of root's", async () => {
    const pids = [foreign.client, own.client, broker, process].map(({ pid }) => pid);
    assert.deepEqual(await broker.workingDirectories([...pids, 0]), [null, process.cwd(), null, null, null]);
  });

  it("no files of another user's process are read for the agent, which may be hidden from it", async () => {
    const pids = [foreign.client, own.client, broker, process].map(({ pid }) => pid);
    const [theirs, ours, ...others] = await broker.processFiles([...pids, 0]);
    assert.deepEqual([theirs, ...others], [null, null, null, null]);
    assert.equal(ours?.get('comm'), 'python3\n');
    for (const name of ['stat', 'status', 'cmdline', 'cgroup'])
      assert.equal(
        ours?.get(name)?.slice(0, 8),
        readFileSync(`/proc/${own.client.pid}/${name}`, 'utf8').slice(0, 8),
      );
  });

  it('a cookie with other addresses is changed, and destroys nothing', async () => {
    const { pairs } = await connectAll(own.server, own.client, ipv4, 'altered', ['stays']);
    const record = await recordOf(pairs.stays.client);
    const altered = { ...record, local: { ...record.local, address: '127.0.0.9' } };
    for (const engine of engines) {
      const [reply] = await broker.destroy(caller, engine, [altered, altered]);
      assert.deepEqual([reply?.status, reply?.engine], ['changed', null]);
    }
    await assertEchoes([own.client, 'stays'], [own.server, 'stays']);
  });

  it('a socket file is named by the first request alone', async () => {
    await assert.rejects(broker.ownSocketFile('/run/sockscope/0/agent.sock'), /EPERM/);
  });
});
