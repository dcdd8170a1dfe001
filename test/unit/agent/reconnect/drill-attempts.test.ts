import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptEvent } from '../../../../agent/broker-link/attempt-records';
import type { AttemptResult, State } from '../../../../agent/protocol';
import { AttemptLog, maxSilentMs } from '../../../../agent/reconnect/attempt-log';
import { connected, state } from '../../../helpers/attempts';

/** The result of an attempt at 10 ms that the given events follow. */
function outcome(...events: AttemptEvent[]) {
  const log = new AttemptLog();
  log.take(connected({ at: 10 }));
  for (const event of events) log.take(event);
  const [attempt] = log.attempts;
  return [attempt?.result, attempt?.end, attempt?.bytesAt];
}

const sent = state(10.1, 'close', 'syn-sent');

describe('the log of attempts', () => {
  it('has a connection that is made, and the time of its first bytes', () =>
    assert.deepEqual(
      outcome(
        sent,
        state(10.5, 'syn-sent', 'established'),
        { kind: 'bytes', at: 11, cookie: '1' },
        { kind: 'bytes', at: 12, cookie: '1' },
        state(20, 'established', 'close', 104),
      ),
      ['connected', 10.5, 11],
    ));

  for (const [errno, result] of [
    [111, 'refused'],
    [113, 'unreachable'],
    [101, 'unreachable'],
    [110, 'timed-out'],
    [1, 'denied'],
    [104, 'reset'],
    [5, 'failed'],
    [0, 'abandoned'],
  ] satisfies [number, AttemptResult][])
    it(`errno ${errno} at its end is ${result}`, () =>
      assert.deepEqual(outcome(sent, state(12, 'syn-sent', 'close', errno)), [result, 12, null]));

  it('an RST during the connect is a refusal, an error gives the errno', () => {
    assert.deepEqual(outcome(sent, { kind: 'reset', at: 11, cookie: '1' }), ['refused', 11, null]);
    const error = (errno: number): AttemptEvent => ({ kind: 'error', at: 11, cookie: '1', errno });
    assert.deepEqual(outcome(sent, error(0)), ['pending', null, null]);
    assert.deepEqual(outcome(sent, error(113), state(12, 'syn-sent', 'close', 0)), ['unreachable', 11, null]);
  });

  it('is refused at once by an outage', () => {
    const log = new AttemptLog();
    const attempt = log.take(connected({ at: 10, errno: 113 }));
    assert.deepEqual([attempt?.result, attempt?.end, attempt?.byOutage], ['unreachable', 10, true]);
  });

  it('an attempt without a packet counts as failed, but not before its time', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10, cookie: '1' }));
    log.take(connected({ at: 11, cookie: '2' }));
    log.take(state(11.1, 'close', 'syn-sent', 0, '2'));
    assert.deepEqual(log.settleSilent(10 + maxSilentMs - 1), []);
    assert.deepEqual(
      log.settleSilent(20 + maxSilentMs).map(({ cookie, result, end }) => [cookie, result, end]),
      [['1', 'failed', 10]],
    );
    assert.deepEqual(log.settleSilent(1000), [], 'once');
    assert.equal(log.attempts[1]?.result, 'pending');
  });

  it('an attempt that was settled as silent is revised when an event of it arrives late, by the times of the kernel', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10 }));
    log.settleSilent(10 + maxSilentMs);
    assert.equal(log.take(state(10.1, 'close', 'syn-sent'))?.result, 'pending');
    assert.deepEqual(log.settleSilent(1000), []);
    log.take(state(10.5, 'syn-sent', 'established'));
    log.take({ kind: 'bytes', at: 11, cookie: '1' });
    assert.deepEqual(
      log.attempts.map(({ result, end, bytesAt }) => [result, end, bytesAt]),
      [['connected', 10.5, 11]],
    );
    assert.equal(log.connected.length, 1);
  });

  it('an attempt that was settled as silent and is closed without a packet has failed', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10 }));
    log.settleSilent(10 + maxSilentMs);
    assert.equal(log.take(state(500, 'close', 'close')), null);
    assert.deepEqual([log.attempts[0]?.result, log.attempts[0]?.end], ['failed', 10]);
  });

  it('late events of a forgotten attempt are ignored', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10 }));
    log.settleSilent(10 + maxSilentMs);
    log.dropBefore(20);
    for (const event of [sent, state(30, 'syn-sent', 'established')]) assert.equal(log.take(event), null);
    assert.deepEqual([log.attempts, log.connected], [[], []]);
  });

  it('another connect() of the same socket ends the one before', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10 }));
    log.take(connected({ at: 30 }));
    log.take(state(30.1, 'close', 'syn-sent'));
    log.take(state(31, 'syn-sent', 'established'));
    assert.deepEqual(
      log.attempts.map(({ at, end, result }) => [at, end, result]),
      [
        [10, 30, 'failed'],
        [30, 31, 'connected'],
      ],
    );
  });

  it('events of unknown sockets are ignored', () => {
    const log = new AttemptLog();
    const states: State[] = ['established', 'close'];
    for (const to of states) assert.equal(log.take(state(1, 'syn-sent', to, 0, '9')), null);
    assert.deepEqual(log.attempts, []);
  });

  it('remembers a bounded number of successes, and counts those that it forgets', () => {
    const log = new AttemptLog({ attempts: 10, groups: 2 });
    for (let at = 0; at < 20_000; at++) {
      const cookie = String(at);
      log.take(connected({ at, cookie }));
      log.take(state(at + 0.1, 'close', 'syn-sent', 0, cookie));
      log.take(state(at + 0.2, 'syn-sent', 'established', 0, cookie));
      log.take(state(at + 0.3, 'established', 'close', 0, cookie));
    }
    assert.deepEqual([log.count, log.attempts.length, log.connected.length], [20_000, 10, 10_000]);
    assert.equal(log.forgotten, 10_000);
    assert.deepEqual(
      [...log.groups].map(({ count, results }) => [count, results.get('connected')]),
      [[19_990, 19_990]],
    );
  });

  it('drops counted attempts from before, too', () => {
    const log = new AttemptLog({ attempts: 1, groups: 5 });
    for (const at of [1, 2, 3]) log.take(connected({ at, cookie: String(at), errno: 111 }));
    log.dropBefore(5);
    assert.deepEqual([log.count, log.forgotten], [0, 0]);
    for (const at of [6, 7, 8]) log.take(connected({ at, cookie: String(at), errno: 111 }));
    log.dropBefore(7.5);
    assert.deepEqual([log.count, log.forgotten], [0, 1], 'one was in time, and is no longer known');
  });
});
