import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantile } from '../../../../agent/protocol';
import { findBackoff, median } from '../../../../agent/reconnect/backoff';

/** The same numbers in every run. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Gaps of so many rounds, each off by up to a millisecond, as timers are. */
function rounds(count: number, gap: (at: number, random: () => number) => number, length = 8): number[][] {
  const random = randoms(7);
  return Array.from({ length: count }, () => Array.from({ length }, (_, at) => gap(at, random) + random()));
}

describe('the backoff found in gaps', () => {
  it('none, or unclear with too few gaps', () => {
    assert.equal(findBackoff([[], []]).kind, 'none');
    assert.equal(findBackoff([]).kind, 'unclear');
    assert.equal(findBackoff([[100]]).kind, 'unclear');
    assert.equal(findBackoff([[0.3, 0.4], [0.2]]).kind, 'none', 'several addresses of one remote');
  });

  it('constant', () => {
    const { kind, jitter, capMs, confidence } = findBackoff(rounds(5, () => 250));
    assert.deepEqual([kind, jitter, capMs, confidence], ['constant', false, null, 1]);
    assert.equal(findBackoff([[200, 200]]).kind, 'constant');
    assert.ok(findBackoff([[200, 200]]).confidence < 0.5, 'two gaps leave doubt');
  });

  it('linear, with and without a cap', () => {
    const { kind, capMs, jitter } = findBackoff(rounds(3, (at) => 50 * (at + 1)));
    assert.deepEqual([kind, capMs, jitter], ['linear', null, false]);
    const capped = findBackoff(rounds(3, (at) => Math.min(50 * (at + 1), 300), 10));
    assert.equal(capped.kind, 'linear');
    assert.ok(Math.abs((capped.capMs ?? 0) - 300) < 5, `${capped.capMs}`);
  });

  it('exponential, with and without a cap', () => {
    assert.deepEqual(
      [findBackoff(rounds(2, (at) => 50 * 2 ** at, 6))].map(({ kind, capMs }) => [kind, capMs]),
      [['exponential', null]],
    );
    const capped = findBackoff(rounds(3, (at) => Math.min(100 * 2 ** at, 2000), 8));
    assert.equal(capped.kind, 'exponential');
    assert.ok(Math.abs((capped.capMs ?? 0) - 2000) < 10, `${capped.capMs}`);
  });

  it('constant and exponential with jitter', () => {
    const constant = findBackoff(rounds(5, (_, random) => 1000 + 200 * random()));
    assert.deepEqual([constant.kind, constant.jitter], ['constant', true]);
    const exponential = findBackoff(rounds(5, (at, random) => 100 * 2 ** at * (0.9 + 0.2 * random()), 6));
    assert.deepEqual([exponential.kind, exponential.jitter], ['exponential', true]);
  });

  it('exponential from a small start, with a fixed jitter on top, as ioredis and node-redis have it', () => {
    for (const [maxMs, jitter] of [
      [2000, 200],
      [5000, 120],
    ] as const) {
      const gap = (at: number, random: () => number) => Math.min(50 * 2 ** at, maxMs) + jitter * random();
      const found = findBackoff(rounds(5, gap, 7));
      assert.deepEqual([found.kind, found.jitter], ['exponential', true], JSON.stringify(found));
    }
  });

  it('is as sure as the places of the gaps allow, however many rounds repeat them', () => {
    // Of socket.io, held down for ten seconds: 1 s, 2 s, 4 s with jitter, and a cap of 5 s that it has not reached.
    const early = findBackoff(rounds(20, (at, random) => 1000 * 2 ** at * (0.95 + 0.1 * random()), 3));
    assert.equal(early.kind, 'exponential');
    assert.ok(early.confidence < 0.5, `${early.confidence}`);
    assert.equal(findBackoff(rounds(20, () => 1000, 1)).kind, 'unclear', 'one gap in each round');
    assert.ok(findBackoff(rounds(20, () => 1000, 2)).confidence < 0.5);
    assert.equal(findBackoff(rounds(20, () => 1000, 4)).confidence, 1);
  });

  it('exponential, with first gaps that a busy machine made longer', () => {
    const busy = [
      [118.897, 221.569, 428.438, 403.823, 412.385, 404.354],
      [135.65, 203.969, 403.917, 404.225, 412.067, 404.022],
    ];
    assert.equal(findBackoff(busy).kind, 'exponential');
  });

  it('rounds of different lengths', () => {
    const all = rounds(1, (at) => 50 * 2 ** at, 6);
    assert.equal(findBackoff([...all, all[0]?.slice(0, 3) ?? []]).kind, 'exponential');
  });

  it('unclear for gaps without a pattern', () =>
    assert.equal(findBackoff([[900, 20, 400, 3000, 70, 1500, 30, 600]]).kind, 'unclear'));

  it('quantiles', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([1, 2, 3, 4]), 2.5);
    assert.equal(quantile([0, 10], 0.95), 9.5);
    assert.equal(quantile([], 0.5), 0);
  });
});
