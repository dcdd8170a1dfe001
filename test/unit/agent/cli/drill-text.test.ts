import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { printSummary } from '../../../../agent/cli/drill-text';
import { attempt, result, round } from '../../../helpers/drills';

function printed(t: TestContext, rounds: Parameters<typeof result>[0]): string {
  const write = t.mock.method(process.stdout, 'write', () => true);
  printSummary(result(rounds));
  const text = write.mock.calls.map(({ arguments: [chunk] }) => String(chunk)).join('');
  write.mock.restore();
  return text;
}

describe('the text of a drill', () => {
  it('has attempts that were only counted, and what was lost', (t) => {
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
    const text = printed(t, [round(1, [attempt(0)], more)]);
    assert.match(text, /at least 901\n/);
    assert.match(
      text,
      /round 1 {2}900 more attempts by pid 42 to 10\.0\.0\.5:6379, 1 ms to 1 s, gaps 1 ms \(p50\) and 2 ms \(p95\): 899 refused, 1 connected\n/,
    );
    assert.match(text, /round 1 {2}7 events were lost: there may be more attempts\n/);
  });

  it('has sweeps over servers, and attempts without a pause', (t) => {
    const to = (port: number, atMs: number, pid = 42) =>
      attempt(atMs, { remote: { address: '127.0.0.1', port }, pid });
    const sweep = Array.from({ length: 25 }, (_, index) => to(7000 + index, 50 + index));
    const text = printed(t, [
      round(1, [...sweep, to(7000, 1050), to(7001, 1051)]),
      round(2, [to(7000, 0), to(7000, 1), to(7000, 1.5), to(7000, 5), to(7000, 5.5, 43)]),
      round(3, [to(7000, 0), to(7001, 200)]),
    ]);
    assert.match(text, /round 1 {2}25 servers asked in one sweep, 50 ms to 74 ms\n/);
    assert.match(text, /round 1 {2}2 servers asked in one sweep, 1\.05 s to 1\.05 s\n/);
    assert.match(text, /round 2 {2}2 attempts less than 2 ms after another to the same server\n/);
    assert.doesNotMatch(text, /round 3 {2}/);
  });
});
