/** The report of a scenario for CI systems: one test case for each step. */

import type { StepResult } from '../client/scenario/run-scenario';
import { suiteText } from './junit';

export function junitOfScenario(scenario: string, results: readonly StepResult[]): string {
  const cases = results.map(({ loop, step, name, outcome, failures, message, durationMs }) => ({
    name: `${loop}.${step} ${name}`,
    ms: durationMs,
    failure: outcome === 'failed' ? failures.join('; ') : null,
    skipped: outcome === 'skipped',
    output: message,
  }));
  return suiteText('sockscope.run', scenario, cases);
}
