import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { Pace } from '../../../../extension/tree/refresh-throttle';

/** Milliseconds by which the workbench delays a refresh. */
const workbenchMs = 200;

describe('the throttle of tree refreshes', () => {
  let refreshes: number[];

  beforeEach(() => {
    refreshes = [];
  });

  function paced(t: TestContext): Pace {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    return new Pace(
      () => refreshes.push(Date.now()),
      () => Date.now(),
    );
  }

  it('refreshes at once after a while without changes', (t) => {
    const pace = paced(t);
    pace.ask(true);
    assert.deepEqual(refreshes, [0]);
    t.mock.timers.tick(1000);
    pace.ask(true);
    assert.deepEqual(refreshes, [0, 1000]);
  });

  it('leaves the workbench time between two refreshes, and loses no change', (t) => {
    const pace = paced(t);
    for (let at = 0; at < 2000; at += 50) {
      pace.ask(at % 100 === 0);
      t.mock.timers.tick(50);
    }
    assert.ok(refreshes.length > 7, `${refreshes}`);
    for (const [index, at] of refreshes.entries())
      if (index > 0) assert.ok(at - (refreshes[index - 1] ?? 0) > workbenchMs, `${refreshes}`);
    t.mock.timers.tick(1000);
    assert.ok((refreshes.at(-1) ?? 0) >= 1950, 'the last change causes a refresh, too');
  });

  it('delays changes that are not urgent, and sends them together with an urgent one', (t) => {
    const pace = paced(t);
    pace.ask(false);
    t.mock.timers.tick(499);
    assert.deepEqual(refreshes, []);
    t.mock.timers.tick(1);
    assert.deepEqual(refreshes, [500]);
    t.mock.timers.tick(500);
    pace.ask(false);
    t.mock.timers.tick(100);
    pace.ask(true);
    t.mock.timers.tick(5000);
    assert.deepEqual(refreshes, [500, 1100]);
  });

  it('refreshes no more after dispose()', (t) => {
    const pace = paced(t);
    pace.ask(true);
    pace.ask(true);
    pace.dispose();
    t.mock.timers.tick(1000);
    assert.deepEqual(refreshes, [0]);
  });
});
