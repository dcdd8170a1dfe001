import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { junitOf } from '../../../../agent/cli/junit';
import { isLate } from '../../../../agent/client/late-round';
import type { DrillResult, Round } from '../../../../agent/protocol';
import { round } from '../../../helpers/drills';

function report(round: Partial<Round>, within: number | null = null, target = 'pid:42'): string {
  const rounds = [{ round: 1, allRecoveredMs: 100, exit: null, message: '', ...round }] as Round[];
  return junitOf({ target, rounds } as unknown as DrillResult, { withinMs: within, atLeast: null });
}

describe('the report for CI', () => {
  it('has a failure for each round that was late or missed, or whose process ended', () => {
    assert.doesNotMatch(report({}), /<failure/);
    assert.doesNotMatch(report({}, 100), /<failure/);
    assert.match(report({}, 99), / failures="1".*<failure /s);
    assert.match(report({ allRecoveredMs: null }), /<failure /);
    assert.match(
      report({ recoveredMs: 50, allRecoveredMs: null, message: 'recovered 1 of 10' }),
      /<failure message="recovered 1 of 10"/,
    );
    assert.match(report({ exit: {} as Round['exit'] }), /<failure /);
    assert.match(report({}), / time="0.1000"/);
  });

  it('is content with so many connections, if those came back in time', () => {
    const back = (...times: (number | null)[]) =>
      round(1, [], {
        cut: 3,
        lost: times.map((backMs) => ({ remote: { address: '::1', port: 1 }, pids: [], backMs })),
      });
    const two = (round: Round, withinMs: number | null) => isLate(round, { withinMs, atLeast: 2 });
    assert.equal(two(back(10, 20, null), null), false);
    assert.equal(two(back(10, 20, null), 20), false);
    assert.equal(two(back(10, 20, null), 19), true);
    assert.equal(two(back(10, null, null), null), true);
    assert.equal(two({ ...back(10, 20, null), incomplete: true }, null), true, 'not known');
    assert.equal(two({ ...back(10, 20, null), exit: {} as Round['exit'] }, null), true);
    assert.equal(two({ ...back(10), cut: 1, allRecoveredMs: 10 }, null), true, 'there was only one');
    assert.equal(two({ ...back(10, 20, 30), allRecoveredMs: 30 }, 25), false);
    assert.match(
      junitOf({ target: 'pid:42', rounds: [back(10)] } as unknown as DrillResult, {
        withinMs: 50,
        atLeast: 2,
      }),
      /\(expected at least 2 connections within 50 ms\)/,
    );
  });

  it('says where events were lost, in a round that is in time, too', () => {
    const text = report({ incomplete: true, message: 'at least 5 attempts' });
    assert.match(text, /failures="0".*<system-out>at least 5 attempts<\/system-out><\/testcase>/s);
    assert.doesNotMatch(report({ incomplete: false, message: 'x' }), /system-out/);
  });

  it('is valid XML with any characters in names and filters', () => {
    const text = report(
      { allRecoveredMs: null, message: `a<b>&"'\0\x1b\n\t\u0085\ufffe\uffff\u2028` },
      null,
      'process:"<&',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
    assert.doesNotMatch(text, /[\0-\x08\x0b-\x1f\ufffe\uffff]/);
    assert.match(text, /message="a&lt;b&gt;&amp;&quot;'/);
    assert.match(text, /process:&quot;&lt;&amp; round 1/);
    assert.equal(text.trim().split('\n').length, 6);
  });
});
