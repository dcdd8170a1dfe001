import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { RefreshThrottle } from '../../../../extension/tree/refresh-throttle';

/** The workbench's own pause, in milliseconds. */
const workbench = 200;

describe('the spacing of tree refreshes', () => {
  let refreshed: number[];

  beforeEach(() => {
    refreshed = [];
  });

  function throttled(t: TestContext): RefreshThrottle {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    return new RefreshThrottle(
      () => refreshed.push(Date.now()),
      () => Date.now(),
    );
  }

  it('is at once after a while without changes', (t) => {
    const throttle = throttled(t);
    throttle.ask(true);
    assert.deepEqual(refreshed, [0]);
    t.mock.timers.tick(1000);
    throttle.ask(true);
    assert.deepEqual(refreshed, [0, 1000]);
  });

  it('leaves the workbench time between any two, and loses none, however fast they come', (t) => {
    const throttle = throttled(t);
    for (let at = 0; at < 2000; at += 50) {
      throttle.ask(at % 100 === 0);
      t.mock.timers.tick(50);
    }
    assert.ok(refreshed.length > 7, `${refreshed}`);
    for (const [index, at] of refreshed.entries())
      if (index > 0) assert.ok(at - (refreshed[index - 1] ?? 0) > workbench, `${refreshed}`);
    t.mock.timers.tick(1000);
    assert.ok((refreshed.at(-1) ?? 0) >= 1950, 'the last change is refreshed, too');
  });

  it('lets what is not urgent wait, and takes it along with what is', (t) => {
    const throttle = throttled(t);
    throttle.ask(false);
    t.mock.timers.tick(499);
    assert.deepEqual(refreshed, []);
    t.mock.timers.tick(1);
    assert.deepEqual(refreshed, [500]);
    t.mock.timers.tick(500);
    throttle.ask(false);
    t.mock.timers.tick(100);
    throttle.ask(true);
    t.mock.timers.tick(5000);
    assert.deepEqual(refreshed, [500, 1100]);
  });

  it('refreshes at once on demand, together with what waited', (t) => {
    const throttle = throttled(t);
    throttle.ask(true);
    throttle.ask(true);
    t.mock.timers.tick(50);
    throttle.refreshNow();
    t.mock.timers.tick(1000);
    assert.deepEqual(refreshed, [0, 50]);
  });

  it('refreshes nothing after its end', (t) => {
    const throttle = throttled(t);
    throttle.ask(true);
    throttle.ask(true);
    throttle.dispose();
    t.mock.timers.tick(1000);
    assert.deepEqual(refreshed, [0]);
  });
});
