import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leakText } from '../../../../../agent/cli/leak-text';
import {
  closeWaitLeaks,
  growingPools,
  type Looks,
  poolsBeyond,
  silentPools,
} from '../../../../../agent/client/leaks/judge';
import { poolsOf } from '../../../../../agent/client/leaks/pools';
import type { Owner, Socket, State, TcpTimers } from '../../../../../agent/protocol';
import { owner, socket } from '../../../../helpers/sockets';

const python = owner('python3', 42);
const question = { filter: '', watchMs: 0, silentMs: 3_600_000, atMost: 2 };

function connections(
  count: number,
  owners: readonly Owner[] = [python],
  state: State = 'established',
): Socket[] {
  return Array.from({ length: count }, (_, index) => ({
    ...socket(`127.0.0.1:${40_000 + index}`, '127.0.0.1:5414', { state, owners }),
    cookie: String(index + 1),
  }));
}

/** Looks that found so many connections each, in a minute. */
function watched(counts: readonly number[], make = connections, all: readonly Socket[] = []): Looks {
  const looks = counts.map((count) => new Map(poolsOf(make(count), all).map((pool) => [pool.key, pool])));
  return { looks, ms: counts.length > 1 ? 60_000 : 0 };
}

describe('leaks', () => {
  it('are pools that become larger again and again', () => {
    const [leak, ...others] = growingPools(watched([1, 1, 3, 3, 4, 5, 7]));
    assert.ok(leak);
    assert.deepEqual(others, []);
    assert.deepEqual([leak.count, leak.perMinute], [7, 6]);
    assert.deepEqual(
      leak.sockets.map(({ cookie }) => cookie),
      ['2', '3', '4', '5', '6', '7'],
      'those that came',
    );
    assert.equal(
      leakText(leak, question),
      '7 of python3 (pid 42) to 127.0.0.1:5414, +6 a minute: they became more again and again, and never fewer',
    );
  });

  for (const [why, counts] of [
    ['was filled once', [0, 10, 10, 10, 10, 10, 10]],
    ['was once smaller', [1, 2, 3, 2, 4, 5, 6]],
    ['was looked at once', [100]],
  ] as const)
    it(`are no pool that ${why}`, () => assert.deepEqual(growingPools(watched(counts)), []));

  it('are not the clients that come to a server', () => {
    const accepted = (count: number) =>
      connections(count).map((one) => ({ ...one, local: { ...one.local, port: 5414 }, remote: one.local }));
    const listener = socket('0.0.0.0:5414', null, { state: 'listen', owners: [python] });
    const looks = watched([1, 2, 3, 4, 5, 6, 7], accepted, [listener]);
    assert.deepEqual(
      [...(looks.looks[6]?.values() ?? [])].map(({ where }) => where),
      ['on port 5414'],
    );
    assert.deepEqual(growingPools(looks), []);
    assert.deepEqual(poolsBeyond(looks, 2), []);
  });

  it('are connections in close-wait, from three on', () => {
    const waiting = (count: number) => connections(count, [python], 'close-wait');
    assert.deepEqual(closeWaitLeaks(watched([2], waiting)), []);
    const [once] = closeWaitLeaks(watched([3], waiting));
    assert.deepEqual([once?.count, once?.perMinute], [3, null]);
    const [leak] = closeWaitLeaks(watched([5, 4, 3], waiting));
    assert.ok(leak);
    assert.equal(
      leakText(leak, question),
      '3 of python3 (pid 42) to 127.0.0.1:5414 are in close-wait, -2 a minute: the peer has closed, and the program does not; destroying them cures nothing',
    );
  });

  it('are connections that receive nothing, and of which nothing is acknowledged but probes', () => {
    const timers = (keepalive: boolean, sinceDataMs: number, sinceAckMs: number) =>
      ({ keepalive, sinceDataMs, sinceAckMs }) as TcpTimers;
    const of = (each: TcpTimers | undefined) => silentPools(watched([3]), () => each, 3_600_000);
    const [leak] = of(timers(false, 3_600_000, 3_600_000));
    assert.ok(leak);
    assert.equal(
      leakText(leak, question),
      '3 of python3 (pid 42) to 127.0.0.1:5414 have received nothing for 1 h or longer',
    );
    assert.equal(of(timers(true, 3_600_000, 10)).length, 1, 'a probe was acknowledged');
    assert.deepEqual(of(timers(false, 3_600_000, 10)), [], 'it sends');
    assert.deepEqual(of(timers(false, 3_599_999, 3_600_000)), []);
    assert.deepEqual(of(undefined), [], 'not known');
  });

  it('are pools that are larger than expected', () => {
    assert.deepEqual(poolsBeyond(watched([2]), 2), []);
    const [leak] = poolsBeyond(watched([3]), 2);
    assert.ok(leak);
    assert.equal(
      leakText(leak, question),
      '3 of python3 (pid 42) to 127.0.0.1:5414, where 2 are the most that are expected',
    );
  });

  it('are told apart by process', () => {
    const both = (count: number) => [
      ...connections(count, [python], 'close-wait'),
      ...connections(count, [owner('python3', 43)], 'close-wait'),
    ];
    assert.deepEqual(
      closeWaitLeaks(watched([3], both)).map(({ owner: { pid } }) => pid),
      [42, 43],
    );
  });
});
