/** Questions before a drill or an outage say what becomes of live connections. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drillQuestion, outageQuestion } from '../../../../agent/cli/act-questions';

const drill = { filter: 'remote:6379', times: 5, oneOfPool: false, hold: null };

describe('the question before a drill', () => {
  it('says what is destroyed, and how often', () => {
    assert.equal(drillQuestion(drill), 'Destroy what matches remote:6379, 5 times?');
    assert.equal(
      drillQuestion({ ...drill, times: 1, oneOfPool: true }),
      'Destroy one connection that matches remote:6379, once?',
    );
  });

  it('says that the remote is held down, and how long', () =>
    assert.equal(
      drillQuestion({ ...drill, hold: { fault: 'refused', ms: 10_000 } }),
      'Destroy what matches remote:6379, 5 times, and hold its remote down for 10s each time (refused)?',
    ));

  it('says that a blackhole destroys nothing', () =>
    assert.equal(
      drillQuestion({ ...drill, hold: { fault: 'blackhole', ms: 10_000 } }),
      'Let all packets of what matches remote:6379 vanish, 5 times, for 10s each time (blackhole)?',
    ));
});

describe('the question before an outage', () => {
  const outage = { filter: 'remote:6379', forMs: 2000 } as const;

  it('says that live connections are destroyed', () => {
    for (const fault of ['refused', 'unreachable', 'denied'] as const)
      assert.equal(
        outageQuestion({ ...outage, fault }),
        `Hold down remote:6379 for 2s (${fault})? Its connections are destroyed.`,
      );
  });

  it('says that they stall in a blackhole', () =>
    assert.equal(
      outageQuestion({ ...outage, fault: 'blackhole' }),
      'Hold down remote:6379 for 2s (blackhole)? Its connections stall.',
    ));
});
