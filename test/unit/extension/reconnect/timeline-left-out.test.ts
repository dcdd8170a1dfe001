/** What the timeline says of attempts that it does not draw. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Round } from '../../../../agent/protocol';
import { runView } from '../../../../extension/reconnect/timeline/timeline-model';
import { fromResult } from '../../../../extension/reconnect/timeline/timeline-run';
import { attempt, result, round } from '../../../helpers/drills';
import { english } from '../../../helpers/sockets';

const refused = (count: number) =>
  Array.from({ length: count }, (_, at) => attempt(at, { result: 'refused' }));

/** Of a single round. */
const moreOf = (attempts: number, more: Partial<Round> = {}) =>
  runView(english, fromResult(1, result([round(1, refused(attempts), more)]), 'done', null), 0).rounds[0]
    ?.more;

const groups = [
  { connected: 1, refused: 1899 },
  { refused: 101, unreachable: 1 },
].map((results) => ({
  ...{ pid: 42, remote: { address: '127.0.0.1', port: 6379 }, count: 1000, firstMs: 2, lastMs: 2000 },
  gapsMs: { p5: 1, p50: 2, p95: 3 },
  results,
}));

describe('what a round says below its events', () => {
  it('is nothing where all are drawn', () => {
    assert.equal(moreOf(500), '');
  });

  it('is how many attempts are in exports alone', () => {
    assert.equal(moreOf(1734), 'Round 1 has 1,234 more attempts; exports have them all.');
  });

  it('is what attempts were only counted, of all groups, and how many events were lost', () => {
    assert.equal(
      moreOf(1, { more: groups }),
      'Of round 1 more attempts were only counted: 1 connected, 2,000 refused, 1 unreachable.',
    );
    assert.equal(moreOf(1, { dropped: 7 }), 'In round 1, 7 events were lost: there may be more attempts.');
  });

  it('is each of these at once', () => {
    assert.match(
      moreOf(501, { more: groups, dropped: 7 }) ?? '',
      /^Round 1 has 1 more attempts; .*\. Of round 1 more .*\. In round 1, 7 events were lost: .*\.$/,
    );
  });
});
