/** The report of a drill for CI systems: one test case for each round. */

import { type DrillResult, visibleText } from '../protocol';

/** `within`: milliseconds in which each round has to recover; null: a round fails where it does not recover at all. */
export function junitOf({ target, rounds }: DrillResult, within: number | null): string {
  const cases = rounds.map(({ round, recoveredMs, exit, message }) => {
    const late = recoveredMs === null || exit !== null || (within !== null && recoveredMs > within);
    const limit = within === null ? '' : ` (expected within ${within} ms)`;
    const failure = late ? `<failure message="${escaped(`${message}${limit}`)}"/>` : '';
    return `    <testcase classname="sockscope.drill" name="${escaped(`${target} round ${round}`)}" time="${((recoveredMs ?? 0) / 1000).toFixed(4)}">${failure}</testcase>`;
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
