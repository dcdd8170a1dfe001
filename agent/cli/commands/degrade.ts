/** `sockscope degrade FILTER... --loss 5% --for 30s`, or with `--rate` or `--half-open`: for a while, and measured. */

import { degradingText } from '../../client/fault-questions';
import {
  type DegradeParams,
  type DegradeResult,
  degradeStarted,
  directions,
  type Filter,
  limits,
  type Outage,
  parseActingFilter,
} from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { oneOf, readArguments, readFilter } from '../arguments';
import { requireAnswer } from '../confirm';
import { connectToAct } from '../connect';
import { Containers } from '../containers';
import { degradeAgreed } from '../degrade-agreed';
import { readDegrading } from '../degrade-arguments';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { localTime } from '../local-time';
import { printMeasured } from '../measured-table';
import { printJson, printLine } from '../output';
import { degrade as syntax } from '../syntax/act';

export async function degrade(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  printAbsentUsers(filter);
  const how = readDegrading(values);
  const direction = oneOf('direction', values.direction, directions);
  if (values.for === '') throw new CommandError(Exit.usage, 'How long? Add --for, such as --for 30s');
  const forMs = readDuration('for', values.for, 1, limits.outageMs);
  requireAnswer(values.yes);
  const params = { filter: text, how, direction, forMs };
  const result = await run(params, filter, values);
  if (!result) return Exit.failed;
  if (values.json) printJson({ ...result, asked: { how, direction, forMs } });
  else printMeasured(params, result);
  return Exit.ok;
}

interface RunOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** Null: the user said no. */
async function run(
  params: DegradeParams,
  filter: Filter,
  { yes, json }: RunOptions,
): Promise<DegradeResult | null> {
  const client = await connectToAct('watching');
  try {
    if (filter.some(({ key }) => key === 'container')) await new Containers(client).refresh();
    if (!json) client.on(degradeStarted, ({ outage }) => printLine(startText(params, outage)));
    return await degradeAgreed(client, params, yes);
  } finally {
    client.close();
  }
}

function startText(params: DegradeParams, { id, target, endsAt }: Outage): string {
  const seed = params.how.kind === 'loss' ? `, seed ${params.how.seed}` : '';
  return `Degrade ${id}: ${target}: ${degradingText(params)}${seed} until ${localTime(endsAt)}; Ctrl-C ends it`;
}
