/** The counts of a suite: what was skipped is named, also where it is all of a file. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import count from '../../scripts/suites/count-reporter.mjs';

const passed = (name: string, more: object = {}) => ({
  type: 'test:pass',
  data: { name, nesting: 1, details: { duration_ms: 1, ...more }, ...more },
});

async function countsOf(events: readonly object[]) {
  async function* all() {
    yield* events;
  }
  const texts: string[] = [];
  for await (const text of count(all())) texts.push(text);
  const { passed, failed, skipped } = JSON.parse(texts.join(''));
  return { passed, failed, skipped };
}

it('a suite counts by its tests, and as skipped where it has none for that', async () => {
  assert.deepEqual(await countsOf([passed('one'), passed('both', { type: 'suite' })]), {
    passed: 1,
    failed: 0,
    skipped: [],
  });
  assert.deepEqual(await countsOf([passed('all', { type: 'suite', skip: 'it needs root' })]), {
    passed: 0,
    failed: 0,
    skipped: [{ name: 'all', reason: 'it needs root' }],
  });
});
