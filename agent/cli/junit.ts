/** The report of a drill for CI systems: one test case for each round. */

import { type DrillResult, visibleText } from '../protocol';
import { type Expectation, isLate } from './late-round';

/** Without an expectation, a round without recovery of all connections fails. */
export function junitOf({ target, rounds }: DrillResult, expected: Expectation): string {
  const { withinMs, atLeast } = expected;
  const limits = [
    atLeast === null ? [] : [`at least ${atLeast} connections`],
    withinMs === null ? [] : [`within ${withinMs} ms`],
  ].flat();
  const cases = rounds.map((one) => {
    const { round, allRecoveredMs, message, incomplete } = one;
    const limit = limits.length === 0 ? '' : ` (expected ${limits.join(' ')})`;
    const failure = isLate(one, expected) ? `<failure message="${escaped(`${message}${limit}`)}"/>` : '';
    const output = incomplete ? `<system-out>${escaped(message)}</system-out>` : '';
    return `    <testcase classname="sockscope.drill" name="${escaped(`${target} round ${round}`)}" time="${((allRecoveredMs ?? 0) / 1000).toFixed(4)}">${failure}${output}</testcase>`;
  });
  const failures = cases.filter((one) => one.includes('<failure')).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${escaped(`sockscope drill ${target}`)}" tests="${cases.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return visibleText(text)
    .replaceAll(/[\ufffe\uffff]/g, '') // not allowed in XML
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
