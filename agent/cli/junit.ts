/** The report of a drill for CI systems: one test case for each round. */

import { type DrillResult, visibleText } from '../protocol';

/** `withinMs`: limit for all connections of a round to come back; null: no limit, but a round without recovery of all fails. */
export function junitOf({ target, rounds }: DrillResult, withinMs: number | null): string {
  const cases = rounds.map(({ round, allRecoveredMs, exit, message }) => {
    const late = allRecoveredMs === null || exit !== null || (withinMs !== null && allRecoveredMs > withinMs);
    const limit = withinMs === null ? '' : ` (expected within ${withinMs} ms)`;
    const failure = late ? `<failure message="${escaped(`${message}${limit}`)}"/>` : '';
    return `    <testcase classname="sockscope.drill" name="${escaped(`${target} round ${round}`)}" time="${((allRecoveredMs ?? 0) / 1000).toFixed(4)}">${failure}</testcase>`;
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
