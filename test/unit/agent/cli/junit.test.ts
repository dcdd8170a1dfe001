import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { junitOf } from '../../../../agent/cli/junit';
import type { DrillResult, Round } from '../../../../agent/protocol';

function report(round: Partial<Round>, within: number | null = null, target = 'pid:42'): string {
  const rounds = [{ round: 1, allRecoveredMs: 100, exit: null, message: '', ...round }] as Round[];
  return junitOf({ target, rounds } as unknown as DrillResult, within);
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
