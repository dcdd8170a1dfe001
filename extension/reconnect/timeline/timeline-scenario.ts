/** A run as the file of a scenario: `sockscope run` does the same again, and expects what was measured, with room. Pure. */

import { maxAttempts } from '../../../agent/client/scenario/steps';
import { formatDuration, limits } from '../../../agent/protocol';
import type { Translate } from '../../base/text';
import { lastingFilter } from './lasting-filter';
import type { Run, RunRound } from './timeline-run';

/** So many times the worst that was measured is expected: other machines are slower. */
const room = 2;
const defaultWaitMs = 30_000;
const maxName = 200;

export function toScenario(t: Translate, run: Run): string {
  const rounds = run.rounds.filter(({ verdict }) => verdict !== null);
  const lasting = lastingFilter(run);
  const filter = JSON.stringify(lasting ?? run.target);
  const within = withinMs(rounds);
  const lines = [
    `# ${t('From a run of Sockscope. What a run does not tell is as usual here: every, jitter, end and one-of-pool.')}`,
    ...(lasting
      ? []
      : [`# ${t('Another start has other pids and cookies: name process and remote in the filter.')}`]),
    `name: ${JSON.stringify(t('Drill of {0}', lasting ?? run.target).slice(0, maxName))}`,
    'steps:',
    '  - wait:',
    `      filter: ${filter}`,
    '  - drill:',
    `      filter: ${filter}`,
    `      times: ${Math.max(1, rounds.length)}`,
    `      wait: ${formatDuration(Math.max(defaultWaitMs, within ?? 0))}`,
    ...(run.hold ? [`      fault: ${run.hold.fault}`, `      down: ${formatDuration(run.hold.ms)}`] : []),
    ...expected(t, rounds, within),
  ];
  return `${lines.join('\n')}\n`;
}

function expected(t: Translate, rounds: readonly RunRound[], within: number | null): readonly string[] {
  const counts = rounds.map(({ incomplete, attemptCount }) => (incomplete ? 0 : attemptCount));
  const keys = [
    ...(within === null ? [] : [`recovered-within: ${formatDuration(within)}`]),
    ...(counts.length > 0 && !counts.includes(0)
      ? [`attempts-at-most: ${Math.min(maxAttempts, room * Math.max(...counts))}`]
      : []),
    ...(rounds.some(({ exit }) => exit) ? [] : ['no-crash: true']),
  ];
  return [
    ...(within === null
      ? [`    # ${t('Not every round recovered, so it is not known what to expect of recovered-within.')}`]
      : []),
    ...(keys.length === 0 ? [] : ['    expect:', ...keys.map((key) => `      ${key}`)]),
  ];
}

/** Null: not every round recovered. */
function withinMs(rounds: readonly RunRound[]): number | null {
  const times = rounds.map(({ allRecoveredMs, exit }) => (exit ? null : allRecoveredMs));
  const known = times.filter((time) => time !== null);
  if (known.length === 0 || known.length < times.length) return null;
  // In whole seconds: what took milliseconds here may wait for a processor elsewhere.
  return Math.min(limits.drillMs, Math.ceil((room * Math.max(...known)) / 1000) * 1000);
}
