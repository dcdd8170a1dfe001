import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noticeText } from '../../../../../agent/client/liveness/liveness-text';
import { predict } from '../../../../../agent/client/liveness/predict';
import type { TcpTimers } from '../../../../../agent/protocol';
import { usualTimers as usual } from '../../../../helpers/tcp-timers';

describe('a dead peer', () => {
  const idle = (set: Partial<TcpTimers>) => predict({ ...usual, ...set }).idleMs;
  const sending = (set: Partial<TcpTimers>) => predict({ ...usual, ...set }).sendingMs;
  const probing = {
    keepalive: true,
    keepaliveIdleMs: 30_000,
    keepaliveIntervalMs: 10_000,
    keepaliveProbes: 3,
  };

  it('is never noticed while idle, without keepalive', () => {
    assert.equal(idle({}), null);
    assert.equal(idle({ userTimeoutMs: 20_000 }), null, 'TCP_USER_TIMEOUT alone sends nothing');
    assert.equal(noticeText(idle({})), 'never');
  });

  it('is noticed by keepalive after all probes, or at the first that is later than TCP_USER_TIMEOUT', () => {
    assert.equal(noticeText(idle({ keepalive: true })), 'about 2 h 11 min');
    assert.equal(idle(probing), 60_000);
    assert.equal(idle({ ...probing, userTimeoutMs: 45_000 }), 50_000);
    assert.equal(idle({ ...probing, userTimeoutMs: 5_000 }), 40_000, 'one probe at least');
    assert.equal(idle({ ...probing, keepaliveIntervalMs: 0, userTimeoutMs: 45_000 }), 30_000, 'no interval');
    assert.equal(idle({ ...probing, userTimeoutMs: 90_000 }), 90_000, 'more than it may have unanswered');
  });

  it('is noticed while sending after the retransmits that the namespace allows', () => {
    assert.equal(noticeText(sending({})), 'about 15 min 29 s');
    assert.equal(
      noticeText(sending({ rtoMs: 204 * 2 ** 4, retransmits: 4 })),
      'about 15 min 29 s',
      'meanwhile',
    );
    for (const [retries, measured] of [
      [3, 6720],
      [4, 6861],
      [5, 13_518],
    ] as const)
      assert.ok(isNear(sending({ retries }), measured), `${retries}: ${sending({ retries })}`);
  });

  it('is noticed while sending after TCP_USER_TIMEOUT, from the first retransmit on', () => {
    for (const [userTimeoutMs, measured] of [
      [500, 936],
      [2000, 2457],
      [3000, 3422],
      [5000, 5601],
    ] as const)
      assert.ok(
        isNear(sending({ userTimeoutMs }), measured),
        `${userTimeoutMs}: ${sending({ userTimeoutMs })}`,
      );
  });
});

/** Measured on Linux 6.18 (CONFIG_HZ=250), with a peer whose answers were dropped. */
function isNear(predicted: number, measured: number): boolean {
  return Math.abs(predicted - measured) < measured / 10;
}
