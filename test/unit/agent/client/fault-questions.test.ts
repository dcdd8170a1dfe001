/** Questions before a drill or an outage say what becomes of live connections. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  degradeQuestion,
  drillQuestion,
  matchingText,
  outageQuestion,
} from '../../../../agent/client/fault-questions';
import { owner, socket } from '../../../helpers/sockets';

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

describe('the question before a degrade', () => {
  const degraded = { filter: 'remote:6379', forMs: 2000, direction: 'both' } as const;

  it('says how many packets of which connections are lost', () =>
    assert.equal(
      degradeQuestion({ ...degraded, how: { kind: 'loss', percent: 0.5, seed: 7 } }),
      'Degrade remote:6379 for 2s: 0.5% of packets lost, in and out? It meets live connections and new ones, and destroys none.',
    ));

  it('says how fast they may be', () =>
    assert.equal(
      degradeQuestion({ ...degraded, direction: 'in', how: { kind: 'rate', bytesPerSecond: 100_000 } }),
      'Degrade remote:6379 for 2s: 100 kB/s at most, in? It meets live connections and new ones, and destroys none.',
    ));

  it('says that all of one connection are swallowed, and which way', () =>
    assert.equal(
      degradeQuestion({ ...degraded, direction: 'out', how: { kind: 'half-open' } }),
      'Degrade remote:6379 for 2s: all packets swallowed, out? It meets one live connection, and no new one, and destroys none.',
    ));
});

describe('what matches when the question is asked', () => {
  const held = (remote: string, ...pids: number[]) =>
    socket('127.0.0.1:40000', remote, { owners: pids.map((pid) => owner('node', pid)) });

  it('is named by every process, and by remotes', () => {
    assert.equal(matchingText([]), 'Nothing matches now.');
    assert.equal(
      matchingText([held('127.0.0.1:5432', 42)]),
      'Now: 1 connection of node (pid 42), to 127.0.0.1:5432.',
    );
    assert.equal(
      matchingText([held('[::1]:5432', 42), held('[::1]:5432', 42, 43)]),
      'Now: 2 connections of node (pid 42) and node (pid 43), to [::1]:5432.',
    );
  });

  it('has a limited number of remotes', () => {
    const many = Array.from({ length: 12 }, (_, index) => held(`10.0.0.${index + 1}:80`, 42));
    assert.match(matchingText(many), /, 10\.0\.0\.10:80 and 2 more\.$/);
  });
});
