import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { predict } from '../../../../agent/client/liveness/predict';
import { withTuning } from '../../../../agent/client/liveness/tune';
import { limits, maxKeepalive, type TunedSocket, targetOf } from '../../../../agent/protocol';
import { presets, tunedReport, tuneQuestion, tuningText } from '../../../../extension/reconnect/tune-text';
import { english, socket } from '../../../helpers/sockets';
import { usualTimers } from '../../../helpers/tcp-timers';

const deaf = { ...usualTimers, keepalive: false };
const one = socket('127.0.0.1:40000', '127.0.0.1:6379');
const [usual] = presets(english);
assert.ok(usual);

const live = (of = deaf) => ({ socket: one, timers: of, ...predict(of) });
const tuned = (more: Partial<TunedSocket> = {}): TunedSocket => ({
  ...targetOf(one),
  ...{ outcome: 'tuned', errno: null, message: 'Tuned it', before: deaf },
  after: withTuning(deaf, usual.tuning),
  ...more,
});
const denied = tuned({ outcome: 'denied', message: 'It is not yours', before: null, after: null });

describe('what connections are tuned to', () => {
  it('is within what the kernel takes, and different each time', () => {
    const all = presets(english).map(({ tuning }) => tuning);
    for (const { keepalive, userTimeoutMs = 0 } of all) {
      assert.ok(!keepalive || keepalive.idleS <= maxKeepalive.idleS);
      assert.ok(userTimeoutMs <= limits.livenessMs);
    }
    assert.equal(tuningText(english, all[2] ?? {}), 'keepalive 5m/30s/5, user timeout 5m');
    assert.equal(new Set(all.map((tuning) => tuningText(english, tuning))).size, all.length);
  });

  it('is asked with what it comes to, of the slowest where there are several', () => {
    const single = tuneQuestion(english, [live()], 0, usual.tuning);
    assert.equal(single.message, 'Tune 127.0.0.1:40000 → 127.0.0.1:6379?');
    assert.match(single.detail, /^Set: keepalive 30s\/10s\/3, user timeout 20s\.\n\n/);
    assert.match(single.detail, /idle: never → about 40 s; sending: about 15 min .* → about 20 s\./);
    const hears = { ...usualTimers, keepalive: true, keepaliveIdleMs: 10_000 };
    const several = tuneQuestion(english, [live(hears), live()], 3, usual.tuning);
    assert.equal(several.message, 'Tune 2 connections?');
    assert.match(several.detail, /idle: never → about 40 s/);
    assert.match(several.detail, /unknown timers: 3 more\./);
    assert.doesNotMatch(single.detail, /more\./);
  });

  it('is reported as it was read, and what failed with its reason', () => {
    assert.deepEqual(tunedReport(english, [tuned()]), {
      kind: 'info',
      message:
        '127.0.0.1:40000 → 127.0.0.1:6379: idle: never → about 40 s; sending: about 15 min 29 s → about 20 s.',
    });
    assert.match(
      tunedReport(english, [tuned(), tuned()]).message,
      /^2 connections, of which the slowest: idle: never → /,
    );
    assert.deepEqual(tunedReport(english, [denied, denied]), {
      kind: 'warning',
      message: 'It is not yours. Not tuned: 2 of 2.',
    });
    const unread = tunedReport(english, [
      tuned({ after: null, outcome: 'failed', message: 'It was closed.' }),
    ]);
    assert.deepEqual(unread, { kind: 'warning', message: 'It was closed.' });
    assert.deepEqual(tunedReport(english, [tuned({ before: null, message: 'Tuned it' })]), {
      kind: 'info',
      message: 'Tuned it.',
    });
  });
});
