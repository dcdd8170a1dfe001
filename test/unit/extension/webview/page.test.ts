/** The pure parts of the page: the axis, and the places of marks. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runView } from '../../../../extension/reconnect/timeline/timeline-model';
import { fromResult } from '../../../../extension/reconnect/timeline/timeline-run';
import { plan, wholeRange } from '../../../../extension/webview/points';
import { pan, reach, ticks, zoomAt } from '../../../../extension/webview/zoom';
import { attempt, result, round } from '../../../helpers/drills';
import { english } from '../../../helpers/sockets';

const whole = { from: 0, to: 1000 };

describe('zooming', () => {
  it('keeps the point under the pointer in its place', () => {
    const range = zoomAt(whole, 250, 0.5, whole);
    assert.deepEqual(range, { from: 125, to: 625 });
    assert.equal((250 - range.from) / (range.to - range.from), 0.25);
  });

  it('is limited to the whole range and to a smallest readable one', () => {
    assert.deepEqual(zoomAt({ from: 100, to: 900 }, 500, 10, whole), whole);
    const closest = zoomAt(whole, 500, 1e-9, whole);
    assert.equal(closest.to - closest.from, 0.5);
    assert.deepEqual(pan({ from: 800, to: 900 }, 5, whole), { from: 900, to: 1000 });
    assert.deepEqual(pan({ from: 100, to: 200 }, -5, whole), { from: 0, to: 100 });
  });

  it('moves to a requested point only if that is not visible', () => {
    const range = { from: 100, to: 200 };
    assert.equal(reach(range, 150, whole), range);
    assert.deepEqual(reach(range, 500, whole), { from: 450, to: 550 });
  });
});

describe('the axis', () => {
  it('has as many round numbers as there is room for', () => {
    assert.deepEqual(ticks({ from: -20, to: 1030 }, 6), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(ticks({ from: 0, to: 0.5 }, 5), [0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    assert.deepEqual(ticks({ from: 0, to: 300_000 }, 5), [0, 60_000, 120_000, 180_000, 240_000, 300_000]);
    for (const to of [1, 77, 12_345, 3_600_000, 9e8])
      assert.ok(ticks({ from: 0, to }, 10).length <= 11, String(to));
  });
});

describe('the layout of marks', () => {
  const drill = result([round(1, [attempt(100)]), round(2, [attempt(200)])]);
  const runs = [1, 2].map((id) => runView(english, fromResult(id, drill, 'saved', null), 0));

  it('has the lanes of runs below each other, on one axis', () => {
    const { points, tops } = plan(runs, false);
    assert.equal(tops.length, 2);
    const [upper, lower] = [0, 1].map((run) => points.filter((point) => point.run === run));
    assert.deepEqual(
      upper?.map(({ at }) => at),
      lower?.map(({ at }) => at),
    );
    assert.ok(upper?.every(({ y }, at) => y < (lower?.[at]?.y ?? 0)));
    assert.equal(upper?.find(({ round, mark }) => round === 2 && mark.kind === 'connected')?.at, 5200);
    assert.ok(wholeRange(runs, false, 0).to > 5200);
  });

  it('has rounds below each other when they are aligned at their destroy', () => {
    const { points } = plan(runs, true);
    const destroys = points.filter(({ run, mark }) => run === 0 && mark.kind === 'destroyed');
    assert.deepEqual(
      destroys.map(({ at }) => at),
      [0, 0],
    );
    assert.ok((destroys[0]?.y ?? 0) < (destroys[1]?.y ?? 0));
    assert.ok(wholeRange(runs, true, 0).to < 300);
  });

  it('extends while a run is in progress', () => {
    assert.ok(wholeRange(runs, false, 60_000).to > 60_000);
  });
});

describe("the page's code", () => {
  it('inserts no text as markup, and fetches nothing', () => {
    for (const name of readdirSync('extension/webview').filter((file) => file.endsWith('.ts')))
      assert.doesNotMatch(
        readFileSync(`extension/webview/${name}`, 'utf8'),
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|fetch\(|XMLHttpRequest|https?:/,
        name,
      );
  });
});
