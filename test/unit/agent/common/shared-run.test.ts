import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SharedRun } from '../../../../agent/common/shared-run';

interface Begun {
  readonly pass: () => void;
  readonly resolve: (value: number) => void;
  readonly reject: (error: Error) => void;
}

/** Runs that end when they are told to. */
class Runs {
  readonly ends: Begun[] = [];
  readonly shared = new SharedRun(
    (pass) => new Promise<number>((resolve, reject) => void this.ends.push({ pass, resolve, reject })),
  );

  /** Once so many have begun. */
  async assertBegun(count: number): Promise<void> {
    await setImmediate();
    assert.equal(this.ends.length, count);
  }

  async end(index: number, value: number | Error): Promise<void> {
    await Promise.resolve();
    const end = this.ends[index];
    assert.ok(end);
    if (value instanceof Error) end.reject(value);
    else end.resolve(value);
  }
}

describe('runs that are shared', () => {
  it('whoever asks before a run begins gets its result, and later ones get the next', async () => {
    const runs = new Runs();
    const first = [runs.shared.next(), runs.shared.next()];
    await Promise.resolve();
    const later = [runs.shared.next(), runs.shared.next(), runs.shared.next()];
    await runs.end(0, 1);
    assert.deepEqual(await Promise.all(first), [1, 1]);
    await runs.end(1, 2);
    assert.deepEqual(await Promise.all(later), [2, 2, 2]);
    assert.equal(runs.ends.length, 2);
  });

  it('a run that fails fails for those who shared it, and for nobody else', async () => {
    const runs = new Runs();
    const failing = [runs.shared.next(), runs.shared.next()];
    await Promise.resolve();
    const later = runs.shared.next();
    await runs.end(0, new Error('lost'));
    for (const run of failing) await assert.rejects(run, /lost/);
    await runs.end(1, 2);
    assert.equal(await later, 2);
  });

  it('one that passes its turn holds up nobody who asks later, and a second one does', async () => {
    const runs = new Runs();
    const first = runs.shared.next();
    await runs.assertBegun(1);
    const second = runs.shared.next();
    await runs.assertBegun(1);
    runs.ends[0]?.pass();
    await runs.assertBegun(2);
    runs.ends[1]?.pass();
    const third = [runs.shared.next(), runs.shared.next()];
    await runs.assertBegun(2);
    await runs.end(1, 2);
    assert.equal(await second, 2);
    await runs.assertBegun(3);
    await runs.end(2, 3);
    assert.deepEqual(await Promise.all(third), [3, 3]);
    await runs.end(0, 1);
    assert.equal(await first, 1);
  });
});
