import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptEvent } from '../../../../agent/broker-link/attempt-records';
import { CpuTimes } from '../../../../agent/reconnect/cpu-times';
import type { Cut } from '../../../../agent/reconnect/drill-target';
import { RoundLog } from '../../../../agent/reconnect/round-log';
import { connected, state } from '../../../helpers/attempts';

const lost = state(1000, 'established', 'close', 103, '7');
const made = (at: number, more = {}): AttemptEvent[] => [
  connected({ at, cookie: String(at), ...more }),
  state(at + 0.1, 'close', 'syn-sent', 0, String(at)),
  state(at + 0.5, 'syn-sent', 'established', 0, String(at)),
];
const refused = (at: number, more = {}) => connected({ at, cookie: String(at), errno: 111, ...more });
const exit = (
  at: number,
  pid: number,
  code: number | null = 1,
  signal: number | null = null,
): AttemptEvent => ({
  kind: 'exit',
  at,
  pid,
  code,
  signal,
});
const loss = (at: number, more: { refusals?: number; others?: number }): AttemptEvent => ({
  kind: 'lost',
  from: at - 1,
  at,
  refusals: 0,
  others: 0,
  ...more,
});
const fork = (at: number, parent: number, pid: number): AttemptEvent => ({ kind: 'fork', at, parent, pid });

const room = { attempts: 100, groups: 5 };

const at = (address: string, port = 6379) => ({ address, port });

/** A round of ten seconds about pid 42, a child of 40, whose connection 7 to 10.0.0.5:6379 is destroyed at 1000 ms. */
function round(...events: AttemptEvent[]) {
  const target = {
    targets: [],
    allowed: [],
    denied: 0,
    cuts: [{ cookie: '7', pids: [42], remote: at('10.0.0.5') }],
    cookies: ['7'],
    processes: [{ pid: 42, startTime: '1', name: 'node' }],
    remotes: new Set(['10.0.0.5:6379']),
    seen: [],
    namespaces: [],
  };
  const log = new RoundLog(1, target, new Map([[42, 40]]), 990, 10_000, room);
  for (const event of events) log.take(event);
  return log;
}

/** As above, with connections that are destroyed, each of pid 42 to 10.0.0.5:6379 unless it says otherwise. */
function poolRound(cuts: readonly Partial<Cut>[], ...events: AttemptEvent[]) {
  const { log, cookies } = freshRound(cuts);
  for (const cookie of cookies) log.take(state(1000, 'established', 'close', 103, cookie));
  log.destroyed(cookies);
  for (const event of events) log.take(event);
  return log;
}

function blackholeRound(cuts: readonly Partial<Cut>[]) {
  const { log } = freshRound(cuts);
  log.begin(1000);
  return log;
}

function freshRound(cuts: readonly Partial<Cut>[]) {
  const all = cuts.map((cut, index) => ({
    cookie: `${7 + index}`,
    pids: [42],
    remote: at('10.0.0.5'),
    ...cut,
  }));
  const pids = [...new Set(all.flatMap((cut) => cut.pids))];
  const target = {
    targets: [],
    allowed: [],
    denied: 0,
    cuts: all,
    cookies: all.map(({ cookie }) => cookie),
    processes: pids.map((pid) => ({ pid, startTime: '1', name: 'node' })),
    remotes: new Set(all.map(({ remote }) => `${remote.address}:${remote.port}`)),
    seen: [],
    namespaces: [],
  };
  const parents = new Map(pids.map((pid) => [pid, 40]));
  return { log: new RoundLog(1, target, parents, 990, 10_000, room), cookies: target.cookies };
}

function share(log: RoundLog) {
  const { verdict, recovered, cut, allRecoveredMs } = result(log);
  return [verdict, `${recovered} of ${cut}`, allRecoveredMs, log.isOver];
}

function result(log: RoundLog, survivor = false) {
  return log.result(1, new CpuTimes([]), survivor);
}

describe('a round of a drill', () => {
  it('counts from the kernel time of the destroy', () => {
    const { verdict, attempts, firstAttemptMs, recoveredMs, bytesMs, gapsMs } = result(
      round(lost, refused(1050), refused(1150), ...made(1350), { kind: 'bytes', at: 1352, cookie: '1350' }),
    );
    assert.deepEqual([verdict, firstAttemptMs, recoveredMs, bytesMs], ['recovered', 50, 350.5, 352]);
    assert.deepEqual(gapsMs, [100, 200]);
    assert.deepEqual(
      attempts.map(({ result, byOutage, durationMs }) => [result, byOutage, durationMs]),
      [
        ['refused', true, 0],
        ['refused', true, 0],
        ['connected', false, 0.5],
      ],
    );
  });

  it('attempts from before the destroy, of other processes and of other protocols do not count', () => {
    const log = round(
      refused(980),
      ...made(992), // after the round was asked for, and before the destroy
      lost,
      refused(1010, { pid: 99 }),
      refused(1020, { protocol: 'udp' }),
      fork(1030, 99, 100),
      refused(1040, { pid: 100 }),
    );
    assert.deepEqual(result(log).attempts, []);
  });

  it('attempts of a child count like those of its parent', () => {
    const log = round(lost, fork(1010, 42, 50), ...made(1020, { pid: 50 }));
    assert.deepEqual([result(log).verdict, result(log).attempts[0]?.pid], ['recovered', 50]);
  });

  it('a recovery at another remote is reported, and one at the same remote is preferred', () => {
    const elsewhere = made(1100, { remote: { address: '10.0.0.6', port: 6379 } });
    assert.deepEqual(result(round(lost, ...elsewhere)).recoveredAt, { address: '10.0.0.6', port: 6379 });
    const both = result(round(lost, ...elsewhere, ...made(1200)));
    assert.deepEqual([both.recoveredAt, both.recoveredMs], [null, 200.5]);
  });

  it('is over when the process has reconnected to the lost service, not to another one', () => {
    const at = (port: number) => made(1100, { remote: { address: '10.0.0.6', port } });
    assert.equal(round(lost, ...at(443)).isOver, false);
    assert.equal(round(lost, ...at(6379)).isOver, true);
    assert.equal(round(lost, ...at(443), ...made(1200)).isOver, true);
    assert.equal(result(round(lost, ...at(443))).recoveredAt, null);
  });

  it('a connection to another port may replace the lost one, or not: unknown', () => {
    const other = { remote: { address: '10.0.0.6', port: 443 } };
    const { verdict, recovered, recoveredMs, allRecoveredMs, message } = result(
      round(lost, refused(1050), ...made(1100, other)),
    );
    assert.deepEqual([verdict, recovered, recoveredMs, allRecoveredMs], ['unknown', 0, null, null]);
    assert.equal(
      message,
      'It did not connect again, but connected to 10.0.0.6:443: whether that replaces what it lost is not known; 2 attempts in all',
    );
    assert.equal(result(round(lost, ...made(1100, other)), true).verdict, 'unaffected');
    assert.equal(result(round(lost, ...made(1100, other), ...made(1200))).verdict, 'recovered');
  });

  it('attempts that fail elsewhere alone are none to what was lost', () => {
    const { verdict, message } = result(round(lost, refused(1050, { remote: at('10.0.0.6', 443) })));
    assert.deepEqual(
      [verdict, message],
      [
        'lazy',
        'It made no attempt to connect to what it lost in 10 s: it connects only when it has something to send, or never again',
      ],
    );
  });

  it('is over when its process ends, unless that is started again', () => {
    assert.equal(round(lost, exit(1005, 42)).isOver, true);
    assert.equal(round(lost, exit(1005, 42), fork(1010, 40, 61)).isOver, false);
    assert.equal(round(lost, exit(1005, 42), fork(1010, 40, 61), ...made(1100, { pid: 61 })).isOver, true);
  });

  it('an IPv4-mapped IPv6 remote counts as the IPv4 one', () => {
    const log = round(lost, ...made(1100, { remote: { address: '::ffff:10.0.0.5', port: 6379 } }));
    assert.equal(result(log).recoveredAt, null);
  });

  it('without an attempt the process is lazy, unless another connection survives', () => {
    const { verdict, message } = result(round(lost));
    assert.deepEqual(
      [verdict, message],
      ['lazy', 'It made no attempt in 10 s: it connects only when it has something to send, or never again'],
    );
    assert.equal(result(round(lost), true).verdict, 'unaffected');
    assert.equal(result(round(lost, refused(1100)), true).verdict, 'gave-up');
  });

  it('more than twenty attempts within a second are a storm, twenty are not', () => {
    const every = (ms: number, count: number) =>
      Array.from({ length: count }, (_, index) => refused(1010 + index * ms));
    assert.equal(result(round(lost, ...every(10, 21))).verdict, 'storm');
    assert.equal(result(round(lost, ...every(10, 20))).verdict, 'gave-up');
    assert.equal(result(round(lost, ...every(51, 40))).verdict, 'gave-up');
  });

  it('a storm is counted for each lost connection: thirty that reconnect at once are none', () => {
    const pool = Array.from({ length: 30 }, () => ({}));
    const times = (count: number) => Array.from({ length: count }, (_, index) => made(1010 + index)).flat();
    assert.deepEqual(share(poolRound(pool, ...times(30))), ['recovered', '30 of 30', 39.5, true]);
    const storm = result(poolRound(pool.slice(0, 2), ...times(41)));
    assert.equal(storm.verdict, 'storm');
    assert.match(
      storm.message,
      /^More than 20 attempts in a second to 10\.0\.0\.5:6379, for each of 2 lost connections, 41 in all; /,
    );
  });

  it('a storm is counted for each server that is asked: a sweep over twenty-five is none, twenty-one sweeps in a second are', () => {
    const sweeps = (count: number) =>
      Array.from({ length: count * 25 }, (_, index) =>
        refused(1010 + index, { remote: at(`10.0.1.${index % 25}`) }),
      );
    assert.equal(result(round(lost, ...sweeps(1))).verdict, 'gave-up');
    assert.equal(result(round(lost, ...sweeps(20))).verdict, 'gave-up');
    assert.match(
      result(round(lost, ...sweeps(21))).message,
      /^More than 20 attempts in a second to 25 servers on port 6379, for each of them, 525 in all; /,
    );
  });

  it('a storm is judged for the whole pool: its connections may all turn to one of its servers', () => {
    const servers = Array.from({ length: 10 }, (_, index) => ({ remote: at(`10.0.0.${index % 2}`) }));
    const turn = (count: number) =>
      Array.from({ length: count }, (_, index) => refused(1010 + index, { remote: at('10.0.0.1') }));
    assert.equal(result(poolRound(servers, ...turn(200))).verdict, 'gave-up');
    assert.match(
      result(poolRound(servers, ...turn(201))).message,
      /^More than 20 attempts in a second to 10\.0\.0\.1:6379, for each of 10 lost connections, 201 in all; /,
    );
  });

  it('a storm that spreads over the servers of a pool is one', () => {
    const servers = [0, 1, 2].map((index) => ({ remote: at(`10.0.0.${index}`) }));
    const spread = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        refused(1010 + index * 10, { remote: at(`10.0.0.${index < 19 ? 0 : index < 38 ? 1 : 2}`) }),
      );
    assert.equal(result(poolRound(servers.slice(0, 1), ...spread(60))).verdict, 'gave-up');
    assert.equal(result(poolRound(servers.slice(0, 1), ...spread(61))).verdict, 'storm');
  });

  it('a sweep over many servers excuses a storm to one of them for a second only', () => {
    const sweep = Array.from({ length: 25 }, (_, index) =>
      refused(1010 + index, { remote: at(`10.0.1.${index}`) }),
    );
    const hammer = Array.from({ length: 60 }, (_, index) =>
      refused(1040 + index * 30, { remote: at('10.0.1.3') }),
    );
    assert.equal(result(round(lost, ...sweep, ...hammer.slice(0, 30))).verdict, 'gave-up');
    assert.match(
      result(round(lost, ...sweep, ...hammer)).message,
      /^More than 20 attempts in a second to 10\.0\.1\.3:6379, /,
    );
  });

  it('connections that a replica replaces may make as many attempts there', () => {
    const replica = Array.from({ length: 30 }, (_, index) =>
      made(1010 + index, { remote: at('10.0.0.9') }),
    ).flat();
    assert.equal(
      result(
        poolRound(
          Array.from({ length: 30 }, () => ({})),
          ...replica,
        ),
      ).verdict,
      'recovered',
    );
  });

  it('the end of a drilled process is a crash, with code or signal', () => {
    const { verdict, exit: end } = result(round(lost, exit(1004, 99), exit(1005, 42, 7)));
    assert.deepEqual([verdict, end?.pid, end?.atMs, end?.code, end?.signal], ['crashed', 42, 5, 7, null]);
    assert.equal(result(round(lost, exit(1005, 42, null, 11))).exit?.signal, 'SIGSEGV');
    assert.equal(result(round(lost, exit(1005, 99))).exit, null);
  });

  it('the next process that its parent starts is its successor, and its attempts count', () => {
    const log = round(
      lost,
      exit(1005, 42),
      fork(1006, 99, 60),
      fork(1010, 40, 61),
      ...made(1100, { pid: 61 }),
    );
    const { verdict, exit: end, recoveredMs } = result(log);
    assert.deepEqual([verdict, end?.restartedAs, recoveredMs], ['crashed', { pid: 61, atMs: 10 }, 100.5]);
  });

  it('successors that end the same way are followed to the last one, other children of the parent are not', () => {
    const log = round(
      lost,
      exit(1005, 42),
      fork(1010, 40, 61),
      fork(1011, 40, 70),
      refused(1050, { pid: 61 }),
      refused(1051, { pid: 70 }),
      exit(1060, 61),
      fork(1070, 40, 62),
      ...made(1100, { pid: 62 }),
    );
    const { attempts, exit: end, recoveredMs } = result(log);
    assert.deepEqual(
      attempts.map(({ pid }) => pid),
      [61, 62],
    );
    assert.deepEqual([end?.pid, end?.restartedAs?.pid, recoveredMs], [42, 61, 100.5]);
  });

  it('what else the parent starts is no successor, also where it connects, to others', () => {
    const sibling = [fork(1010, 40, 61), ...made(1050, { pid: 61, remote: at('10.0.0.5', 443) })];
    const log = round(lost, exit(1005, 42), ...sibling);
    const { verdict, recovered, attempts, exit: end, message } = result(log);
    assert.deepEqual([verdict, recovered, attempts, end?.restartedAs], ['crashed', 0, [], null]);
    assert.match(message, /^node \(pid 42\) ended with code 1 after 5 ms; it did not connect again$/);
    assert.equal(log.isOver, false, 'it may be a shell that starts the program');
    for (const event of [fork(1060, 61, 62), ...made(1070, { pid: 62 })]) log.take(event);
    assert.deepEqual([result(log).exit?.restartedAs?.pid, log.isOver], [62, true]);
  });

  it('a helper that the parent runs in between is no successor', () => {
    const log = round(
      lost,
      exit(1005, 42),
      fork(1010, 40, 61), // sleep
      exit(1015, 61, 0),
      fork(1020, 40, 62),
      ...made(1100, { pid: 62 }),
    );
    assert.deepEqual(result(log).exit?.restartedAs, { pid: 62, atMs: 20 });
  });

  it('attempts that send nothing are settled', () => {
    const log = round(lost, connected({ at: 1100, cookie: '8' }));
    assert.deepEqual(
      log.settle(1200).map(({ result, atMs }) => [result, atMs]),
      [['failed', 100]],
    );
  });

  it('has recovered when all connections are back, and partly recovered when some are', () => {
    const three = [{}, {}, {}];
    assert.deepEqual(share(poolRound(three)), ['lazy', '0 of 3', null, false]);
    const some = poolRound(three, ...made(1050), refused(1060));
    assert.deepEqual(share(some), ['partly-recovered', '1 of 3', null, false]);
    assert.equal(result(some).recoveredMs, 50.5);
    assert.match(
      result(some).message,
      /^It recovered 1 of 3 connections, the first after 50.5 ms, with 2 att/,
    );
    const all = poolRound(three, ...made(1050), ...made(1060), ...made(1070), ...made(1080));
    assert.deepEqual(share(all), ['recovered', '3 of 3', 70.5, true]);
    assert.match(result(all).message, /^It recovered 3 of 3 connections, the last after 70.5 ms/);
  });

  it('a connection that is lost and made several times counts as one recovery', () => {
    const lostAgain = (ms: number) => state(ms, 'established', 'close-wait', 0, String(ms - 5));
    const flaps = [...made(1050), lostAgain(1055), ...made(1060), lostAgain(1065), ...made(1070)];
    assert.deepEqual(share(poolRound([{}, {}, {}], ...flaps)), ['partly-recovered', '1 of 3', null, false]);
    assert.deepEqual(share(poolRound([{}], ...flaps)), ['recovered', '1 of 1', 50.5, true]);
  });

  it('a new connection replaces a lost one to the same remote, or one to another remote if none was lost to its own', () => {
    const replica = made(1060, { remote: at('10.0.0.7') });
    const two = [{}, { remote: at('10.0.0.6') }];
    assert.deepEqual(share(poolRound(two, ...made(1050), ...made(1055))).slice(0, 2), [
      'partly-recovered',
      '1 of 2',
    ]);
    assert.deepEqual(share(poolRound(two, ...made(1050), ...replica)), ['recovered', '2 of 2', 60.5, true]);
    const other = [{}, { remote: at('10.0.0.5', 5432) }];
    assert.equal(share(poolRound(other, ...made(1050), ...replica))[1], '1 of 2');
  });

  it('a connection is replaced by its process, a child of it or another owner, not by an unrelated process', () => {
    const second = { pids: [43] };
    assert.equal(share(poolRound([{}, second], ...made(1050), ...made(1060)))[1], '1 of 2');
    assert.equal(share(poolRound([{}, second], ...made(1050), ...made(1060, { pid: 43 })))[1], '2 of 2');
    const child = [fork(1010, 43, 50), ...made(1020, { pid: 50 })];
    assert.equal(share(poolRound([{}, second], ...made(1050), ...child))[1], '2 of 2');
    const shared = [{}, { pids: [43, 42] }];
    assert.equal(share(poolRound(shared, ...made(1050), ...made(1060)))[1], '2 of 2');
  });

  it('each process that ended has a successor of its own', () => {
    const both = [{}, { pids: [43] }];
    const ends = [exit(1005, 42), exit(1006, 43), fork(1010, 40, 61), fork(1011, 40, 62)];
    const one = poolRound(both, ...ends, ...made(1050, { pid: 61 }));
    assert.deepEqual(share(one), ['crashed', '1 of 2', null, false]);
    assert.match(result(one).message, /started again as pid 61; it recovered 1 of 2 connections/);
    for (const event of made(1060, { pid: 62 })) one.take(event);
    assert.deepEqual(share(one), ['crashed', '2 of 2', 60.5, true]);
  });

  it('is over when the processes of the other connections have ended for good, and not before', () => {
    const both = [{}, { pids: [43] }];
    assert.equal(poolRound(both, exit(1005, 43)).isOver, false);
    assert.equal(poolRound(both, exit(1005, 43), ...made(1050)).isOver, true);
    const elsewhere = made(1050, { pid: 61, remote: at('10.0.0.9', 443) });
    assert.equal(poolRound([{}], exit(1005, 42), fork(1010, 40, 61), ...elsewhere).isOver, false);
  });

  it('of a blackhole, the connections that end count as cut', () => {
    const log = blackholeRound([{}, {}]);
    for (const event of made(1050)) log.take(event);
    assert.deepEqual(share(log), ['recovered', '0 of 0', 50.5, true]);
    log.take(state(1100, 'established', 'close', 110, '7'));
    assert.deepEqual(share(log), ['recovered', '1 of 1', 50.5, true]);
    log.take(state(1100, 'established', 'fin-wait-1', 0, '8'));
    assert.deepEqual(share(log), ['partly-recovered', '1 of 2', null, false]);
  });

  it('a settled attempt whose connect event arrives late has recovered, at its kernel time', () => {
    const log = round(lost, connected({ at: 1100, cookie: '8' }));
    log.settle(1200);
    assert.equal(result(log).verdict, 'gave-up');
    log.take(state(1100.1, 'close', 'syn-sent', 0, '8'));
    log.take(state(1100.5, 'syn-sent', 'established', 0, '8'));
    const { verdict, recoveredMs, attempts } = result(log);
    assert.deepEqual([verdict, recoveredMs, attempts.length], ['recovered', 100.5, 1]);
  });

  it('a settled attempt whose events arrive late may still be refused, or pending', () => {
    const settled = (...events: AttemptEvent[]) => {
      const log = round(lost, connected({ at: 1100, cookie: '8' }));
      log.settle(1200);
      for (const event of events) log.take(event);
      const [attempt] = result(log).attempts;
      return [attempt?.result, attempt?.durationMs];
    };
    const sent = state(1100.1, 'close', 'syn-sent', 0, '8');
    assert.deepEqual(settled(sent), ['pending', 0]);
    assert.deepEqual(settled(sent, state(1102, 'syn-sent', 'close', 111, '8')), ['refused', 2]);
    assert.deepEqual(settled(sent, state(6100, 'syn-sent', 'close', 110, '8')), ['timed-out', 5000]);
  });

  it('ends by the kernel clock, not by the arrival of its events', () => {
    assert.equal(round().endsAt, null);
    assert.equal(round(lost).endsAt, 11_000);
    assert.equal(result(round(lost, ...made(10_999))).verdict, 'recovered');
    const late = result(round(lost, ...made(11_001), exit(11_005, 42)));
    assert.deepEqual([late.verdict, late.attempts, late.exit], ['lazy', [], null]);
    const half = result(round(lost, ...made(10_999.8)));
    assert.deepEqual([half.verdict, half.attempts[0]?.result], ['gave-up', 'pending']);
  });

  it('begins when the kernel reports the end of the destroyed connection', () => {
    assert.equal(round(refused(995)).begunAt, null);
    assert.equal(round(refused(995), lost).begunAt, 1000);
  });

  it('of a blackhole begins at a given time', () => {
    const log = round();
    log.begin(1500);
    assert.equal(log.begunAt, 1500);
    log.take(lost);
    log.take(refused(1600));
    assert.equal(result(log).firstAttemptMs, 100);
  });

  it('counts attempts that it has no room to list, and lists the one that recovered', () => {
    const many = Array.from({ length: 1000 }, (_, index) => refused(1001 + index, { cookie: '5' }));
    const { attempts, attemptCount, more, gapsMs, verdict, message, incomplete } = result(
      round(lost, ...many, ...made(2100)),
    );
    assert.deepEqual([attemptCount, attempts.length, attempts.at(-1)?.result], [1001, 101, 'connected']);
    assert.equal(gapsMs.length, 99);
    assert.deepEqual(more, [
      {
        pid: 42,
        remote: at('10.0.0.5'),
        count: 901,
        firstMs: 101,
        lastMs: 1100,
        gapsMs: { p5: 1, p50: 1, p95: 1 },
        results: { refused: 900, connected: 1 },
      },
    ]);
    assert.deepEqual([verdict, incomplete], ['storm', false]);
    assert.match(message, /, 1001 in all; it connected again after 1.1 s$/);
  });

  it('has at most so many groups, the last one for all others', () => {
    const many = Array.from({ length: 200 }, (_, index) => fork(1001, 42, 100 + index));
    const each = many.map((_, index) => refused(1002 + index, { pid: 100 + index }));
    const { more, attemptCount } = result(round(lost, ...many, ...each));
    assert.deepEqual(
      more.map(({ pid, count }) => [pid, count]),
      [
        [200, 1],
        [201, 1],
        [202, 1],
        [203, 1],
        [null, 96],
      ],
    );
    assert.equal(attemptCount, 200);
  });

  it('with lost refusals it has a verdict, and counts that are minimums', () => {
    const { verdict, dropped, incomplete, message } = result(
      round(lost, refused(1050), loss(1060, { refusals: 7 }), ...made(1350)),
    );
    assert.deepEqual([verdict, dropped, incomplete], ['recovered', 7, true]);
    assert.match(message, /with at least 2 attempts; 7 events were lost/);
  });

  for (const [what, events, verdict] of [
    ['a recovery', made(1350), 'unknown'],
    ['no attempt', [], 'unknown'],
    ['a refusal', [refused(1050)], 'unknown'],
    ['an end', [exit(1005, 42)], 'crashed'],
    ['a storm', Array.from({ length: 21 }, (_, index) => refused(1001 + index)), 'storm'],
  ] satisfies [string, AttemptEvent[], string][])
    it(`with other events lost, ${what} is ${verdict}`, () => {
      const one = result(round(lost, ...events, loss(1400, { others: 1 })), true);
      assert.deepEqual([one.verdict, one.incomplete, one.allRecoveredMs], [verdict, true, null]);
      assert.match(one.message, /as far as was seen, it .*; 1 event was lost/);
    });

  it('without an attempt, lost refusals leave open whether there was one', () =>
    assert.equal(result(round(lost, loss(1400, { refusals: 1 })), true).verdict, 'unknown'));

  it('losses before it began and after it ended do not count', () => {
    const early = round(loss(995, { others: 3 }), lost, ...made(1100), loss(11_500, { others: 3 }));
    assert.deepEqual([result(early).verdict, result(early).dropped], ['recovered', 0]);
  });

  it('has for each lost connection when it came back', () => {
    const two = poolRound([{}, { remote: at('10.0.0.6') }, {}], ...made(1100), ...made(1200));
    assert.deepEqual(
      result(two).lost.map(({ remote: { address }, backMs }) => [address, backMs]),
      [
        ['10.0.0.5', 100.5],
        ['10.0.0.5', 200.5],
        ['10.0.0.6', null],
      ],
    );
    assert.equal(result(two).startedMs, 1000);
  });
});
