/** The report of a drill for CI systems: one test case for each round. */

import { type DrillResult, visibleText } from '../protocol';

/** `within`: milliseconds in which all has to come back in each round; null: a round fails where not all does at all. */
export function junitOf({ target, rounds }: DrillResult, within: number | null): string {
  const cases = rounds.map(({ round, allRecoveredMs, exit, message }) => {
    const late = allRecoveredMs === null || exit !== null || (within !== null && allRecoveredMs > within);
    const limit = within === null ? '' : ` (expected within ${within} ms)`;
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
    .replaceAll(/[\ufffe\uffff]/g, '') // no XML
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
