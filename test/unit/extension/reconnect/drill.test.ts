/** The target of a drill or an outage, and the texts about it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  faults,
  type Outage,
  parseActingFilter,
  type Subject,
  targetOf,
  verdicts,
} from '../../../../agent/protocol';
import { aimOfGroup, aimOfSocket, ownersList } from '../../../../extension/reconnect/aim-filter';
import {
  drillQuestion,
  drillSummary,
  faultChoice,
  lostText,
  outageQuestion,
  outagesTooltip,
  statusText,
  stoppedText,
} from '../../../../extension/reconnect/fault-text';
import { attempt, drillParams, result, round } from '../../../helpers/drills';
import { english, owner, socket } from '../../../helpers/sockets';

const client = socket('127.0.0.1:51234', '127.0.0.1:6379', {
  owners: [owner('node', 42, { command: 'node client.mjs' })],
});
const server = socket('127.0.0.1:6379', '127.0.0.1:51234', { owners: [owner('redis-server', 7)] });
const rowContext = {
  grouping: 'remote' as const,
  namespaces: [
    { netns: 1, own: true, name: null, container: null, errno: null },
    { netns: 2, own: false, name: 'blue', container: null, errno: null },
  ],
};

describe('the target', () => {
  it('is a process and a remote, which stay the same after a reconnect', () => {
    assert.equal(aimOfSocket(english, client, false), 'pid:42 remote:127.0.0.1:6379');
  });

  it('is the end that made the connection, also from the row of the other end', () => {
    const row = { ...server, peer: { ...targetOf(client), owners: client.owners } };
    assert.equal(aimOfSocket(english, row, true), 'pid:42 remote:127.0.0.1:6379');
  });

  it('is every process that holds the connection', () => {
    const shared = socket('[::1]:51234', '[::1]:5432', {
      owners: [owner('a', 1), owner('b', 2), owner('b', 2, { fd: 4 })],
    });
    assert.equal(aimOfSocket(english, shared, false), 'pid:1,2 remote:[::1]:5432');
  });

  it('has an IPv4-mapped address as IPv4', () => {
    const mapped = socket('[::ffff:10.0.0.1]:51234', '[::ffff:10.0.0.5]:5432', { owners: [owner('a', 1)] });
    assert.equal(aimOfSocket(english, mapped, false), 'pid:1 remote:10.0.0.5:5432');
  });

  for (const [what, row, accepted] of [
    ['whose client is not on this machine', server, true],
    ['whose process is not known', { ...client, owners: [] }, false],
    ['that is protected', { ...client, lifeline: true }, false],
    ['in state listen', socket('0.0.0.0:80', null), false],
  ] as const)
    it(`is never a socket ${what}`, () => {
      assert.throws(() => aimOfSocket(english, row, accepted));
    });

  const remote = (address: string, port: number | null, netns = 1): Subject => ({
    kind: 'remote',
    address,
    port,
    netns,
  });
  for (const [subject, filter] of [
    [{ kind: 'process', pid: 42, startTime: '1', name: 'node', command: '' }, 'pid:42'],
    [remote('10.0.0.5', 5432), 'remote:10.0.0.5:5432'],
    [remote('::ffff:10.0.0.5', null), 'remote:10.0.0.5'],
    [remote('10.0.0.5', 5432, 2), 'remote:10.0.0.5:5432 net:2'],
  ] as const)
    it(`of a group is ${filter}, which parses`, () => {
      assert.equal(aimOfGroup(english, subject, rowContext), filter);
      assert.ok(parseActingFilter(filter).ok);
    });

  it('is rejected for other groups', () => {
    assert.throws(() => aimOfGroup(english, { kind: 'ownerless' }, rowContext));
  });
});

describe('the question before a drill', () => {
  it('has the act, the number of rounds and the processes', () => {
    const { message, detail } = drillQuestion(english, drillParams, [client]);
    assert.equal(message, 'Drill node client.mjs → 127.0.0.1:6379?');
    const several = [client, { ...client, owners: [owner('sh', 43)] }];
    for (const matching of [[], several])
      assert.equal(
        drillQuestion(english, drillParams, matching).message,
        'Drill pid:42 remote:127.0.0.1:6379?',
      );
    assert.match(
      detail,
      /3 times, 5 s after each recovery: its connections are destroyed, .* ECONNABORTED\./,
    );
    assert.match(detail, /Now: 1 connection, of node client\.mjs \(pid 42\)\./);
    assert.match(detail, /at most 30 s/);
  });

  it('has the outage, and no destroy for a blackhole', () => {
    const held = drillQuestion(
      english,
      { ...drillParams, times: 1, hold: { fault: 'denied', ms: 1500 } },
      [],
    );
    assert.match(held.detail, /^Once: .* destroyed.*; new ones fail for 1\.5 s \(denied\)\./);
    assert.match(held.detail, /No visible connection matches/);
    const dark = drillQuestion(english, { ...drillParams, hold: { fault: 'blackhole', ms: 60_000 } }, [
      client,
    ]);
    assert.match(dark.detail, /vanish for 1 min/);
    assert.doesNotMatch(dark.detail, /destroyed/);
  });

  it('has the end, and that one connection of a pool is cut', () => {
    const { detail } = drillQuestion(english, { ...drillParams, end: 'peer', oneOfPool: true }, [client]);
    assert.match(detail, /one of its connections is destroyed, .* ECONNRESET/);
  });

  it('names five processes, and counts the others', () => {
    const sockets = [1, 2, 3, 4, 5, 6, 7].map((pid) =>
      socket('10.0.0.1:1', '10.0.0.5:2', { owners: [owner('a\u0007', pid)] }),
    );
    assert.match(ownersList(english, sockets), /^a\\u\{7\} \(pid 1\), .* \(pid 5\) and 2 more$/);
  });
});

describe('an outage', () => {
  const now = Date.parse('2026-01-01T12:00:00.000Z');
  const outage = (more: Partial<Outage> = {}): Outage => ({
    id: 1,
    filter: 'remote:6379',
    fault: 'refused',
    target: '127.0.0.1:6379 for pid 42',
    startedAt: new Date(now - 2000).toISOString(),
    endsAt: new Date(now + 7400).toISOString(),
    detached: false,
    connects: 3,
    packets: 0,
    ...more,
  });

  it('has a question of its own', () => {
    const params = { filter: 'remote:6379', fault: 'refused' as const, forMs: 10_000, detach: false };
    assert.equal(
      outageQuestion(english, params, [client]).message,
      'Hold down node client.mjs → 127.0.0.1:6379 for 10 s?',
    );
    assert.match(outageQuestion(english, params, []).detail, /destroyed.*ECONNREFUSED/);
    assert.doesNotMatch(outageQuestion(english, { ...params, fault: 'blackhole' }, []).detail, /destroyed/);
  });

  it('is in the status bar with the seconds that are left, and its text cannot add icons', () => {
    assert.equal(statusText(english, [outage()], now), '127.0.0.1:6379 for pid 42 held down: 8 s left');
    assert.equal(statusText(english, [outage(), outage({ id: 2 })], now), '2 held down: 8 s left');
    assert.equal(
      statusText(english, [outage()], now + 60_000),
      '127.0.0.1:6379 for pid 42 held down: 0 s left',
    );
    assert.equal(
      statusText(english, [outage({ target: 'port 3000' })], now),
      'Port 3000 held down: 8 s left',
    );
    assert.equal(
      statusText(english, [outage({ target: 'any remote for pid 42' })], now),
      'Any remote for pid 42 held down: 8 s left',
    );
    assert.doesNotMatch(statusText(english, [outage({ target: '$(x)' })], now), /\$\(/);
  });

  it('that ends with the agent says so', () =>
    assert.equal(
      lostText(english, [outage({ target: 'port 3000' }), outage({ id: 2 })]),
      'Port 3000, 127.0.0.1:6379 for pid 42 no longer held down: the agent has ended.',
    ));

  it('reports the connects and packets that failed', () => {
    assert.equal(
      outagesTooltip(english, [outage()]),
      '127.0.0.1:6379 for pid 42 (refused): 3 connects refused, 0 packets dropped\nClick to stop.',
    );
    assert.match(stoppedText(english, outage({ packets: 5 })), /no longer held down: 3 .* 5 packets/);
  });

  it('that is a degrade is told from others', () => {
    const loss = outage({ fault: 'loss', packets: 7 });
    const of = '127.0.0.1:6379 for pid 42';
    assert.equal(statusText(english, [loss], now), `${of} degraded: 8 s left`);
    assert.equal(statusText(english, [loss, outage()], now), '2 held down: 8 s left');
    assert.equal(outagesTooltip(english, [loss]), `${of} (loss): 7 packets dropped\nClick to stop.`);
    assert.equal(stoppedText(english, loss), `${of} is no longer degraded: 7 packets dropped.`);
    assert.equal(lostText(english, [loss]), `${of} no longer degraded: the agent has ended.`);
  });

  it('has a name and a description for every fault', () => {
    assert.equal(new Set(faults.map((fault) => faultChoice(english, fault).label)).size, faults.length);
  });
});

describe('the end of a drill', () => {
  const all = [round(1, [attempt(100.5)]), round(2, [attempt(100.5)])];

  it('is when it recovered', () => {
    assert.equal(drillSummary(english, result(all.slice(0, 1))), 'Recovered in 101.2 ms.');
    assert.equal(drillSummary(english, result(all)), '2 of 2 rounds recovered, in 101.2 ms (median).');
  });

  it('begins with the worst verdict and its reason', () => {
    const lost = round(2, [], { verdict: 'gave-up', message: 'It did not connect again, with 3 attempts' });
    const crash = round(3, [], { verdict: 'crashed', message: 'node (pid 42) ended with code 1' });
    assert.equal(
      drillSummary(english, result([...all.slice(0, 1), lost, crash])),
      'Crashed: node (pid 42) ended with code 1. 1 of 3 rounds recovered, in 101.2 ms (median).',
    );
    const one = result([crash]);
    assert.equal(
      drillSummary(english, { ...one, summary: { ...one.summary, p50Ms: null } }),
      'Crashed: node (pid 42) ended with code 1.',
    );
  });

  it('has how many connections came back, and whether events were lost', () => {
    const message = 'It recovered 1 of 10 connections';
    const verdict = 'partly-recovered' as const;
    const pool = result([round(1, [attempt(50)], { verdict, message, cut: 10, allRecoveredMs: null })]);
    assert.equal(
      drillSummary(english, { ...pool, summary: { ...pool.summary, p50Ms: null } }),
      `Recovered in part: ${message}.`,
    );
    const [first] = pool.rounds;
    assert.ok(first);
    assert.match(
      drillSummary(english, result([first, round(2, [attempt(50)], { cut: 10, recovered: 10 })])),
      /^Recovered in part: .* 11 of 20 connections came back\.$/,
    );
    const storm = result([round(1, [attempt(100.5)], { incomplete: true, dropped: 5 })]);
    assert.equal(
      drillSummary(english, storm),
      'Recovered in 101.2 ms. Events were lost, so counts are minimums.',
    );
  });

  it('has a text for every verdict', () => {
    assert.equal(
      drillSummary(
        english,
        result([round(1, [], { verdict: 'missed', message: 'Nothing matched' })]),
      ).indexOf('Nothing matched'),
      0,
    );
    for (const verdict of verdicts.filter((one) => !['recovered', 'unaffected', 'missed'].includes(one)))
      assert.match(
        drillSummary(english, result([round(1, [], { verdict, message: 'why' })])),
        /^[A-Z].*: why\./,
      );
  });
});
