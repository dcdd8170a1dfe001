import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AttemptGroup } from '../../../../agent/reconnect/attempt-group';

describe('a group of attempts', () => {
  it('has no gap with one attempt', () => {
    const group = new AttemptGroup(1, null, 5);
    group.add(5, 'refused');
    assert.deepEqual([group.count, group.first, group.last, group.gap(0.5)], [1, 5, 5, null]);
  });

  it('has good quantiles of a million gaps', () => {
    const group = new AttemptGroup(1, null, 0);
    for (let at = 0, index = 0; index < 1_000_000; index++, at += 1 + (index % 101)) group.add(at, 'refused');
    assert.equal(group.count, 1_000_000);
    for (const part of [0.05, 0.5, 0.95])
      assert.ok(Math.abs((group.gap(part) ?? 0) - (1 + 100 * part)) < 5, `${part}: ${group.gap(part)}`);
  });

  it('counts an attempt by its last result', () => {
    const group = new AttemptGroup(1, null, 0);
    group.add(1, 'pending');
    group.add(2, 'refused');
    group.revise('pending', 'connected');
    assert.deepEqual(Object.fromEntries(group.results), { refused: 1, connected: 1 });
  });
});
