import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedRun } from '../../../../agent/common/shared-run';

/** Runs that end when they are told to. */
class Runs {
  readonly ends: { readonly resolve: (value: number) => void; readonly reject: (error: Error) => void }[] =
    [];
  readonly shared = new SharedRun(
    () => new Promise<number>((resolve, reject) => void this.ends.push({ resolve, reject })),
  );

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
});
