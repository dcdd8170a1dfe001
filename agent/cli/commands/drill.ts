/** `sockscope drill FILTER...`: cuts connections, holds their remote down, and measures how they come back. */

import { writeFileSync } from 'node:fs';
import { isUntouched, nothingDrilledText } from '../../client/drill-summary';
import { type Expectation, isLate, lateText, maxAtLeast } from '../../client/late-round';
import {
  type DrillParams,
  type DrillResult,
  drillProgress,
  ends,
  type Filter,
  faults,
  limits,
  parseActingFilter,
} from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { oneOf, readArguments, readFilter } from '../arguments';
import { requireAnswer } from '../confirm';
import { connectToAct } from '../connect';
import { Containers } from '../containers';
import { drillAgreed } from '../drill-agreed';
import { printProgress, printSummary } from '../drill-text';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { junitOf } from '../junit';
import { printJson, printNotice } from '../output';
import { requireWritable } from '../report-file';
import { drill as syntax } from '../syntax/act';

export async function drill(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  printAbsentUsers(filter);
  const params: DrillParams = {
    filter: text,
    times: readTimes(values.times),
    everyMs: readDuration('every', values.every, 0, limits.drillMs),
    jitter: readPercent(values.jitter),
    waitMs: readDuration('wait', values.wait, 1, limits.drillMs),
    end: oneOf('end', values.end, ends),
    oneOfPool: values['one-of-pool'],
    hold: readHold(values.fault, values.down),
  };
  const expected: Expectation = {
    withinMs:
      values['expect-within'] === ''
        ? null
        : readDuration('expect-within', values['expect-within'], 1, limits.drillMs),
    atLeast: values['at-least'] === '' ? null : readAtLeast(values['at-least'], params.times),
  };
  if (values.junit !== '') requireWritable(values.junit);
  requireAnswer(values.yes);
  const result = await run(params, filter, values);
  if (!result) return Exit.failed;
  const isJudged = expected.withinMs !== null || expected.atLeast !== null;
  const late = isJudged ? result.rounds.filter((round) => isLate(round, expected)) : [];
  if (values.junit !== '') writeFileSync(values.junit, junitOf(result, expected));
  if (values.json) printJson({ ...result });
  requireMatch(result, text);
  if (!values.json) printSummary(result);
  for (const round of late) printNotice(`Round ${round.round} ${lateText(round, expected)}`);
  return result.cancelled || late.length > 0 ? Exit.failed : Exit.ok;
}

/** Throws CommandError where nothing was cut, because nothing matched (nothingMatched) or only what belongs to others (denied). */
function requireMatch({ rounds: [first] }: DrillResult, text: string): void {
  if (!first || !isUntouched(first)) return;
  if (first.verdict === 'denied') throw new CommandError(Exit.denied, first.message);
  throw new CommandError(Exit.nothingMatched, nothingDrilledText(text));
}

interface RunOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** Null: the user said no. */
async function run(
  params: DrillParams,
  filter: Filter,
  { yes, json }: RunOptions,
): Promise<DrillResult | null> {
  const client = await connectToAct('watching');
  try {
    if (filter.some(({ key }) => key === 'container')) await new Containers(client).refresh();
    if (!json) client.on(drillProgress, ({ event }) => printProgress(event));
    return await drillAgreed(client, params, yes);
  } finally {
    client.close();
  }
}

function readTimes(text: string): number {
  const times = Number(text);
  if (Number.isInteger(times) && times >= 1 && times <= limits.drillRounds) return times;
  throw new CommandError(Exit.usage, `--times is 1 to ${limits.drillRounds}, not "${text}"`);
}

/** Up to the number of connections that a round lists. */
function readAtLeast(text: string, times: number): number {
  const count = Number(text);
  const max = maxAtLeast(times);
  if (Number.isInteger(count) && count >= 1 && count <= max) return count;
  throw new CommandError(
    Exit.usage,
    `--at-least is 1 to ${max} connections with --times ${times}, not "${text}"`,
  );
}

function readPercent(text: string): number {
  const [, percent] = /^(\d{1,3})%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  throw new CommandError(Exit.usage, `--jitter is 0% to 100%, not "${text}"`);
}

function readHold(fault: string, down: string): DrillParams['hold'] {
  if (fault === '' && down === '') return null;
  if (fault === '') throw new CommandError(Exit.usage, '--down goes with --fault, such as --fault refused');
  return {
    fault: oneOf('fault', fault, faults),
    ms: readDuration('down', down === '' ? '10s' : down, 1, limits.outageMs),
  };
}
