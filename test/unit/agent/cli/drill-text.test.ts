import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printSummary } from '../../../../agent/cli/drill-text';
import { attempt, result, round } from '../../../helpers/drills';

describe('the text of a drill', () => {
  it('has attempts that were only counted, and what was lost', (t) => {
    const write = t.mock.method(process.stdout, 'write', () => true);
    const group = {
      pid: 42,
      remote: { address: '10.0.0.5', port: 6379 },
      count: 900,
      firstMs: 1,
      lastMs: 1000,
      gapsMs: { p5: 1, p50: 1, p95: 2 },
      results: { refused: 899, connected: 1 },
    };
    const more = { attemptCount: 901, dropped: 7, incomplete: true, more: [group] };
    printSummary(result([round(1, [attempt(0)], more)]));
    const text = write.mock.calls.map(({ arguments: [chunk] }) => String(chunk)).join('');
    write.mock.restore();
    assert.match(text, /at least 901\n/);
    assert.match(
      text,
      /round 1 {2}900 more attempts by pid 42 to 10\.0\.0\.5:6379, 1\.0 ms to 1000\.0 ms, gaps 1\.0 ms \(p50\) and 2\.0 ms \(p95\): 899 refused, 1 connected\n/,
    );
    assert.match(text, /round 1 {2}7 events were lost: there may be more attempts\n/);
  });
});
