/** Reports for CI systems: of a drill, one test case for each round. */

import { type Expectation, isLate } from '../client/late-round';
import { type DrillResult, visibleText } from '../protocol';

interface Case {
  readonly name: string;
  readonly ms: number;
  /** Null: it has passed, or was skipped. */
  readonly failure: string | null;
  readonly skipped?: boolean;
  /** Empty: there is none. */
  readonly output: string;
}

/** Without an expectation, a round without recovery of all connections fails. */
export function junitOf({ target, rounds }: DrillResult, expected: Expectation): string {
  const { withinMs, atLeast } = expected;
  const limits = [
    atLeast === null ? [] : [`at least ${atLeast} connections`],
    withinMs === null ? [] : [`within ${withinMs} ms`],
  ].flat();
  const limit = limits.length === 0 ? '' : ` (expected ${limits.join(' ')})`;
  const cases = rounds.map((one) => ({
    name: `${target} round ${one.round}`,
    ms: one.allRecoveredMs ?? 0,
    failure: isLate(one, expected) ? `${one.message}${limit}` : null,
    output: one.incomplete ? one.message : '',
  }));
  return suiteText('sockscope.drill', `sockscope drill ${target}`, cases);
}

/** `kind`: of the test cases. */
export function suiteText(kind: string, name: string, cases: readonly Case[]): string {
  const countOf = (isOne: (one: Case) => boolean) => cases.filter(isOne).length;
  const failures = countOf(({ failure }) => failure !== null);
  const skipped = countOf((one) => one.skipped === true);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${escaped(name)}" tests="${cases.length}" failures="${failures}"${skipped > 0 ? ` skipped="${skipped}"` : ''}>`,
    ...cases.map((one) => caseText(kind, one)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseText(kind: string, { name, ms, failure, skipped, output }: Case): string {
  const inside = [
    failure === null ? '' : `<failure message="${escaped(failure)}"/>`,
    skipped ? '<skipped/>' : '',
    output === '' ? '' : `<system-out>${escaped(output)}</system-out>`,
  ].join('');
  return `    <testcase classname="${kind}" name="${escaped(name)}" time="${(ms / 1000).toFixed(4)}">${inside}</testcase>`;
}

function escaped(text: string): string {
  return visibleText(text)
    .replaceAll(/[\ufffe\uffff]/g, '') // not allowed in XML
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
