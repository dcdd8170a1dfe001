import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  givesUpText,
  keepaliveText,
  type TcpSettings,
  unansweredProbes,
} from '../../../../../agent/client/inspect/tcp-timers';
import type { SocketDetail, TcpDetail } from '../../../../../agent/protocol';

const settings: TcpSettings = { retries: 15, maxRtoMs: 120_000, probes: 9, probeIntervalMs: 75_000 };
const established = { state: 'established' } as const;

function timed(kind: SocketDetail['timer']['kind'], expiresMs = 0, retransmits = 0) {
  return { timer: { kind, expiresMs, retransmits }, tcp: { rttMs: 1, rttVarianceMs: 0.5 } as TcpDetail };
}

describe('the timers of a connection', () => {
  it('say whether a dead peer is noticed', () => {
    assert.equal(keepaliveText(established, timed('none')), 'off: a dead peer is never noticed while idle');
    assert.equal(keepaliveText(established, timed('keepalive', 7_195_000)), 'on: next probe in 2 h');
    assert.equal(keepaliveText(established, timed('retransmit', 200, 1)), null, 'the other timer hides it');
    assert.equal(keepaliveText({ state: 'time-wait' }, timed('none')), null);
    assert.equal(keepaliveText(established, { ...timed('none'), tcp: null }), null, 'UDP');
  });

  it('count probes without an answer', () => {
    assert.equal(unansweredProbes(timed('keepalive', 75_000, 3)), 3);
    assert.equal(unansweredProbes(timed('zero-window-probe', 200, 1)), 1);
    assert.equal(unansweredProbes(timed('retransmit', 200, 5)), null);
  });

  it('say when the kernel gives up', () => {
    const said = (detail: ReturnType<typeof timed>, more: Partial<TcpSettings> = {}) =>
      /^in (?:about )?(.*) if /.exec(givesUpText(established, detail, { ...settings, ...more }) ?? '')?.[1];
    assert.equal(said(timed('none')), undefined);
    assert.equal(said(timed('retransmit', 200)), undefined, 'nothing was sent again');
    // Measured with tcp_retries2 of 4 and 5: ETIMEDOUT 6.6 s and 13.4 s after the first packet.
    assert.equal(said(timed('retransmit', 1316, 3), { retries: 4 }), '5 s');
    assert.equal(said(timed('retransmit', 464, 3), { retries: 4 }), '4 s');
    assert.equal(said(timed('retransmit', 2968, 4), { retries: 5 }), '9 s');
    // 924.6 s in all, of which the last is 120 s.
    assert.equal(said(timed('retransmit', 400, 1)), '15 min');
    assert.equal(said(timed('retransmit', 100_000, 15)), '100 s');
    assert.equal(said(timed('keepalive', 7_200_000)), '2 h 11 min');
    assert.equal(said(timed('keepalive', 75_000, 8)), '3 min');
    assert.equal(said(timed('keepalive', 75_000, 9)), '75 s');
  });
});
