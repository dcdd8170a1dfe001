/** The plot of time against sockets. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plot } from '../../../scripts/bench/table/plot.mjs';

/** [x, y] of each point, in the order of the curves. */
const places = (svg: string) =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe('the plot of time against sockets', () => {
  const points = [
    [1000, 10],
    [10_000, 100],
    [100_000, 1000],
  ];

  it('draws what grows as the sockets do as a straight line, on logarithmic axes', () => {
    const [first = [], second = [], third = []] = places(plot('t', [{ name: 'us', points }], 'a machine'));
    for (const axis of [0, 1]) {
      const [from = 0, middle = 0, to = 0] = [first[axis], second[axis], third[axis]];
      assert.ok(Math.abs(middle - from - (to - middle)) <= 0.2, `axis ${axis}: ${from} ${middle} ${to}`);
    }
    assert.ok((third[0] ?? 0) > (first[0] ?? 0) && (third[1] ?? 0) < (first[1] ?? 0));
  });

  it('names each curve, and escapes text', () => {
    const svg = plot('a < b & c', [{ name: '<ss>', points }], '1 < 2 cores');
    assert.ok(svg.includes('a &#60; b &#38; c') && svg.includes('&#60;ss&#62;') && svg.includes('1 &#60; 2'));
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
  });

  it('draws a single load', () => {
    const svg = plot('t', [{ name: 'us', points: [[1000, 1]] }], '');
    assert.ok(!/NaN|Infinity/.test(svg));
    assert.equal(places(svg).length, 1);
  });

  it('writes no name over another', () => {
    const near = ['us', 'ss', 'lsof'].map((name) => ({
      name,
      points: [
        [1000, 10],
        [10_000, 100],
      ],
    }));
    const svg = plot('t', near, '');
    const heights = [
      ...svg.matchAll(/<g fill="#[^>]*><text x="[\d.]+" y="([\d.]+)" text-anchor="start">(us|ss|lsof)</g),
    ].map(([, y]) => Number(y));
    assert.equal(heights.length, 3);
    for (const [index, y] of heights.entries())
      assert.ok(index === 0 || y - (heights[index - 1] ?? 0) >= 12, String(heights));
  });
});
