import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { Pace } from '../../../../extension/tree/refresh-throttle';

/** The workbench's own pause, in milliseconds. */
const workbench = 200;

describe('the pace of what the tree is told', () => {
  let told: number[];

  beforeEach(() => {
    told = [];
  });

  function paced(t: TestContext): Pace {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    return new Pace(
      () => told.push(Date.now()),
      () => Date.now(),
    );
  }

  it('is at once after a while without changes', (t) => {
    const pace = paced(t);
    pace.ask(true);
    assert.deepEqual(told, [0]);
    t.mock.timers.tick(1000);
    pace.ask(true);
    assert.deepEqual(told, [0, 1000]);
  });

  it('leaves the workbench time between any two, and loses none, however fast they come', (t) => {
    const pace = paced(t);
    for (let at = 0; at < 2000; at += 50) {
      pace.ask(at % 100 === 0);
      t.mock.timers.tick(50);
    }
    assert.ok(told.length > 7, `${told}`);
    for (const [index, at] of told.entries())
      if (index > 0) assert.ok(at - (told[index - 1] ?? 0) > workbench, `${told}`);
    t.mock.timers.tick(1000);
    assert.ok((told.at(-1) ?? 0) >= 1950, 'the last change is told, too');
  });

  it('lets what is not urgent wait, and takes it along with what is', (t) => {
    const pace = paced(t);
    pace.ask(false);
    t.mock.timers.tick(499);
    assert.deepEqual(told, []);
    t.mock.timers.tick(1);
    assert.deepEqual(told, [500]);
    t.mock.timers.tick(500);
    pace.ask(false);
    t.mock.timers.tick(100);
    pace.ask(true);
    t.mock.timers.tick(5000);
    assert.deepEqual(told, [500, 1100]);
  });

  it('tells nothing after its end', (t) => {
    const pace = paced(t);
    pace.ask(true);
    pace.ask(true);
    pace.dispose();
    t.mock.timers.tick(1000);
    assert.deepEqual(told, [0]);
  });
});
