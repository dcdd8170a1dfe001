/** `sockscope run FILE`: a scenario, from a file that lies with the program that it is about. */

import { readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { readScenario } from '../../client/scenario/read-scenario';
import { runScenario, type StepResult } from '../../client/scenario/run-scenario';
import { scenarioSchema } from '../../client/scenario/schema';
import type { Scenario } from '../../client/scenario/steps';
import { type DegradeParams, type DrillParams, drillProgress, visibleText } from '../../protocol';
import { readArguments } from '../arguments';
import { requireAnswer } from '../confirm';
import { connectToAct } from '../connect';
import { degradeAgreed } from '../degrade-agreed';
import { drillAgreed } from '../drill-agreed';
import { printProgress } from '../drill-text';
import { CommandError, Exit } from '../exit';
import { exitOf } from '../exit-of';
import { interrupted } from '../interrupted';
import { printJson, printLine, printNotice } from '../output';
import { requireWritable } from '../report-file';
import { junitOfScenario } from '../scenario-junit';
import { run as syntax } from '../syntax/act';

export async function run(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  if (values.schema) return printSchema();
  const [file, another] = positionals;
  if (file === undefined || another !== undefined)
    throw new CommandError(
      Exit.usage,
      'Which scenario? One file at a time, such as sockscope run scenario.yml',
    );
  const scenario = readFile(file);
  if (values.junit !== '') requireWritable(values.junit);
  requireAnswer(values.yes);
  const name = scenario.name ?? file;
  const results = await take(scenario, values);
  if (values.junit !== '') writeFileSync(values.junit, junitOfScenario(name, results));
  const passed = results.every(({ outcome }) => outcome === 'passed');
  if (values.json) printJson({ scenario: name, passed, steps: results.map(({ error: _, ...rest }) => rest) });
  return passed ? Exit.ok : exitOfFailure(results);
}

function printSchema(): Exit {
  const schema = toJsonSchema(scenarioSchema, {
    typeMode: 'input',
    ignoreActions: ['check', 'raw_check'], // what only the command checks
  });
  process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
  return Exit.ok;
}

/** Throws CommandError (usage). */
function readFile(file: string): Scenario {
  const read = readScenario(textOf(file));
  if (read.ok) return read.scenario;
  const lines = read.mistakes.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new CommandError(Exit.usage, lines.join('\n'));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(Exit.usage, `"${file}" cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

interface RunOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

async function take(scenario: Scenario, { yes, json }: RunOptions): Promise<readonly StepResult[]> {
  const client = await connectToAct('watching');
  const stopping = new AbortController();
  void interrupted().then(() => stopping.abort(new Error('It was interrupted')));
  const results: StepResult[] = [];
  try {
    if (!json) client.on(drillProgress, ({ event }) => printProgress(event));
    const host = {
      client,
      drill: (params: DrillParams) => drillAgreed(client, params, yes),
      degrade: (params: DegradeParams) => degradeAgreed(client, params, yes),
      signal: stopping.signal,
    };
    for await (const result of runScenario(host, scenario)) {
      results.push(result);
      if (!json) print(result, scenario);
    }
    return results;
  } finally {
    client.close();
  }
}

function print({ loop, step, name, outcome, message, failures }: StepResult, { loops }: Scenario): void {
  const which = loops === 1 ? `step ${step}` : `loop ${loop}, step ${step}`;
  const what = message === '' ? '' : `: ${message}`;
  printLine(visibleText(`${which}  ${outcome}  ${name}${what}`));
  for (const failure of failures) printNotice(visibleText(`${which}  ${failure}`));
}

/** As the verb that does the same as the step that failed. */
function exitOfFailure(results: readonly StepResult[]): Exit {
  const failed = results.find(({ outcome }) => outcome === 'failed');
  if (failed?.error) return exitOf(failed.error);
  const verdict = failed?.drill?.rounds[0]?.verdict;
  if (verdict === 'denied') return Exit.denied;
  return verdict === 'missed' ? Exit.nothingMatched : Exit.failed;
}
