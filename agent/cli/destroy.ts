/** `sockscope destroy FILTER...`: list, show, ask, destroy, say what was seen. */

import type { Client } from '../client/connect';
import { listAll } from '../client/list-all';
import {
  type DestroyOptions,
  destroySockets,
  engineChoices,
  type Filter,
  formatTuple,
  limits,
  type PlannedSocket,
  parseActingFilter,
  planDestroy,
  type Socket,
  targetOf,
} from '../protocol';
import { oneOf, readArguments, readFilter } from './arguments';
import { confirm, requireAnswer } from './confirm';
import { connectToAct, connectToSee } from './connect';
import { destroyNext, nextOptions } from './destroy-next';
import { CommandError, Exit } from './exit';
import { printJson, printTable } from './output';
import { exitOf, printResults } from './results';

const options = {
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  'include-listeners': { type: 'boolean', default: false },
  'include-lifeline': { type: 'boolean', default: false },
  engine: { type: 'string', default: 'auto' },
  ...nextOptions,
} as const;

export async function destroy(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, options);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  const engine = oneOf('engine', values.engine, engineChoices);
  if (values['include-lifeline']) requireCookie(filter);
  if (values.next) return destroyNext({ ...values, filter: text, engine });
  if (!values['dry-run']) requireAnswer(values.yes);
  const client = await (values['dry-run'] ? connectToSee() : connectToAct());
  try {
    const sockets = await listAll(client, text);
    if (sockets.length === 0) {
      if (values.json) printJson({ results: [] });
      throw new CommandError(Exit.nothingMatched, `Nothing matches ${text}`);
    }
    const choices = {
      engine,
      includeListeners: values['include-listeners'],
      includeLifeline: values['include-lifeline'],
    };
    if (values['dry-run']) return await dryRun(client, sockets, choices, values.json);
    if (!values.yes && !(await ask(client, sockets, choices))) return Exit.failed;
    const results = await inBatches(sockets, async (targets) => {
      const { results } = await client.request(destroySockets, { targets, ...choices });
      return results;
    });
    if (values.json) printJson({ results });
    else printResults(results);
    return exitOf(results, sockets);
  } finally {
    client.close();
  }
}

/** The override names one socket for good, so that a filter cannot widen it. */
function requireCookie(filter: Filter): void {
  const exact = filter.some((term) => term.key === 'cookie' && !term.negated && term.values.length === 1);
  if (!exact)
    throw new CommandError(
      Exit.usage,
      '--include-lifeline goes with one exact cookie, such as cookie:4711: sockscope list shows cookies',
    );
}

async function dryRun(
  client: Client,
  sockets: readonly Socket[],
  choices: DestroyOptions,
  json: boolean,
): Promise<Exit> {
  const plan = await planAll(client, sockets, choices);
  if (json) printJson({ dryRun: true, plan });
  else printPlan(plan);
  return Exit.ok;
}

async function ask(client: Client, sockets: readonly Socket[], choices: DestroyOptions): Promise<boolean> {
  const plan = await planAll(client, sockets, choices);
  printPlan(plan);
  const acting = plan.filter(({ act }) => act === 'destroy' || act === 'reset').length;
  // With nothing to act on there is nothing to ask; the request still says why, socket by socket.
  return acting === 0 || confirm(`Destroy ${acting} of ${plan.length}?`);
}

function planAll(
  client: Client,
  sockets: readonly Socket[],
  choices: DestroyOptions,
): Promise<PlannedSocket[]> {
  return inBatches(sockets, async (targets) => {
    const { plan } = await client.request(planDestroy, { targets, ...choices });
    return plan;
  });
}

async function inBatches<R>(
  sockets: readonly Socket[],
  request: (targets: ReturnType<typeof targetOf>[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const answers: R[] = [];
  for (let start = 0; start < sockets.length; start += limits.targets)
    answers.push(...(await request(sockets.slice(start, start + limits.targets).map(targetOf))));
  return answers;
}

function printPlan(plan: readonly PlannedSocket[]): void {
  printTable(
    ['ACT', 'PROTO', 'SOCKET', 'WHAT HAPPENS'],
    plan.map((planned) => [planned.act, planned.protocol, formatTuple(planned), planned.message]),
  );
}
