/** The report of a drill for CI systems: one test case for each round. */

import { type DrillResult, visibleText } from '../protocol';
import { isLate } from './late-round';

/** `withinMs`: limit for all connections of a round to come back; null: no limit, but a round without recovery of all fails. */
export function junitOf({ target, rounds }: DrillResult, withinMs: number | null): string {
  const cases = rounds.map((one) => {
    const { round, allRecoveredMs, message, incomplete } = one;
    const limit = withinMs === null ? '' : ` (expected within ${withinMs} ms)`;
    const failure = isLate(one, withinMs) ? `<failure message="${escaped(`${message}${limit}`)}"/>` : '';
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
