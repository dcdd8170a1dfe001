import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptEvent } from '../../../../agent/broker-link/attempt-records';
import type { AttemptResult, State } from '../../../../agent/protocol';
import { AttemptLog, silentMs } from '../../../../agent/reconnect/attempt-log';
import { connected, state } from '../../../helpers/attempts';

/** What becomes of an attempt at 10 ms, of which the given events follow. */
function outcome(...events: AttemptEvent[]) {
  const log = new AttemptLog();
  log.take(connected({ at: 10 }));
  for (const event of events) log.take(event);
  const [attempt] = log.attempts;
  return [attempt?.result, attempt?.end, attempt?.bytesAt];
}

const sent = state(10.1, 'close', 'syn-sent');

describe('the log of attempts', () => {
  it('knows a connection that is made, and when bytes move', () =>
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

  it('an RST while it connects is a refusal, an error says which', () => {
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

  it('without a packet it has failed at once, but not before its time', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10, cookie: '1' }));
    log.take(connected({ at: 11, cookie: '2' }));
    log.take(state(11.1, 'close', 'syn-sent', 0, '2'));
    assert.deepEqual(log.settleSilent(10 + silentMs - 1), []);
    assert.deepEqual(
      log.settleSilent(20 + silentMs).map(({ cookie, result, end }) => [cookie, result, end]),
      [['1', 'failed', 10]],
    );
    assert.deepEqual(log.settleSilent(1000), [], 'once');
    assert.equal(log.attempts[1]?.result, 'pending');
  });

  it('that has sent a packet late, or is told of it late, goes on', () => {
    const log = new AttemptLog();
    log.take(connected({ at: 10 }));
    assert.equal(log.settleSilent(10 + silentMs)[0]?.result, 'failed');
    log.take(state(11 + silentMs, 'close', 'syn-sent'));
    assert.equal(log.attempts[0]?.result, 'pending');
    assert.deepEqual(log.settleSilent(1000), []);
    log.take(state(12 + silentMs, 'syn-sent', 'established'));
    assert.deepEqual(
      log.attempts.map(({ at, end, result }) => [at, end, result]),
      [[10, 12 + silentMs, 'connected']],
    );
    assert.equal(log.connected.length, 1);
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

  it('what it does not know is nothing to it', () => {
    const log = new AttemptLog();
    const states: State[] = ['established', 'close'];
    for (const to of states) assert.equal(log.take(state(1, 'syn-sent', to, 0, '9')), null);
    assert.deepEqual(log.attempts, []);
  });
});
