/** `sockscope destroy FILTER...`: lists, shows the plan, asks, destroys, and prints the outcome of each socket. */

import type { Client } from '../../client/connect';
import { destroyAll, isTried, leftAlone, planAll } from '../../client/destroy-all';
import { fewDenied } from '../../common/denied';
import { leftOutText } from '../../common/process-text';
import {
  type DestroyedSocket,
  type DestroyOptions,
  type End,
  ends,
  engineChoices,
  type Filter,
  formatTuple,
  type PlannedSocket,
  parseActingFilter,
} from '../../protocol';
import { printAbsent, printAbsentUsers } from '../absent-names';
import { oneOf, readArguments, readFilter } from '../arguments';
import { confirm, requireAnswer } from '../confirm';
import { connectToSee, connectToTry, noAgent } from '../connect';
import { Containers } from '../containers';
import { atEnd, atPeerText, type Chosen, printWithoutPeer, toJson } from '../ends';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printNotice, printTable } from '../output';
import { exitOf, printMoreDenied, printResults } from '../results';
import { destroy as syntax } from '../syntax/act';
import { destroyNext } from './destroy-next';

export async function destroy(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  printAbsentUsers(filter);
  const engine = oneOf('engine', values.engine, engineChoices);
  const end = oneOf('end', values.end, ends);
  if (values['include-lifeline']) requireCookie(filter, end);
  if (values.next && end === 'peer')
    throw new CommandError(Exit.usage, '--next destroys the local end: leave --end peer away');
  if (values.next) return destroyNext({ ...values, filter: text, engine });
  if (!values['dry-run']) requireAnswer(values.yes, '--dry-run to see the plan');
  const client = await (values['dry-run'] ? connectToSee('once') : connectToTry());
  try {
    const containers = new Containers(client);
    const { sockets, namespaces, leftOut } = await containers.list(text, filter);
    if (sockets.length === 0) printAbsent(filter, namespaces, containers);
    // Sockets that match may be among them.
    const missing = leftOutText({ ...leftOut, owners: 0 });
    if (missing !== null) printNotice(`${missing}.`);
    const chosen = atEnd(sockets, end);
    const isObserver = client.info.mode === 'observer' && !values['dry-run'];
    // It does not see all that an agent sees.
    if (chosen.targets.length === 0 && isObserver) throw noAgent();
    if (chosen.targets.length === 0) {
      if (values.json) printJson({ results: [], ...toJson(chosen) });
      else printWithoutPeer(chosen);
      throw new CommandError(
        Exit.nothingMatched,
        sockets.length === 0
          ? `Nothing matches ${text}`
          : `Nothing that matches ${text} has a peer on this machine`,
      );
    }
    const choices = {
      engine,
      includeListeners: values['include-listeners'],
      includeLifeline: values['include-lifeline'],
    };
    if (values['dry-run']) return await dryRun(client, chosen, choices, values.json);
    if (isObserver) return await refuse(client, chosen, choices, values.json);
    if (!values.yes && !(await ask(client, chosen, choices))) return Exit.failed;
    return report(await destroyAll(client, chosen.targets, choices), chosen, values.json);
  } finally {
    client.close();
  }
}

/** Without an agent: why nothing would be destroyed with one either. Throws CommandError (denied) where something might. */
async function refuse(client: Client, chosen: Chosen, choices: DestroyOptions, json: boolean): Promise<Exit> {
  const plan = await planAll(client, chosen.targets, choices);
  const results = leftAlone(plan).filter(({ outcome }) => outcome !== 'denied' && outcome !== 'changed');
  if (results.length < plan.length) throw noAgent();
  return report(results, chosen, json);
}

function report(results: readonly DestroyedSocket[], chosen: Chosen, json: boolean): Exit {
  if (json) printJson({ results, ...toJson(chosen) });
  else {
    printResults(results);
    printWithoutPeer(chosen);
  }
  return exitOf(results, chosen.targets);
}

/** --include-lifeline needs a cookie, so that a filter cannot match more sockets than the one that is meant. */
function requireCookie(filter: Filter, end: End): void {
  if (end === 'peer')
    throw new CommandError(
      Exit.usage,
      "--include-lifeline goes with the peer's own cookie, and not with --end peer",
    );
  const exact = filter.some((term) => term.key === 'cookie' && !term.negated && term.values.length === 1);
  if (!exact)
    throw new CommandError(
      Exit.usage,
      '--include-lifeline goes with one exact cookie, such as cookie:4711: sockscope list shows cookies',
    );
}

async function dryRun(client: Client, chosen: Chosen, choices: DestroyOptions, json: boolean): Promise<Exit> {
  const plan = await planAll(client, chosen.targets, choices);
  if (json) printJson({ dryRun: true, plan, ...toJson(chosen) });
  else printPlan(plan, chosen);
  return Exit.ok;
}

async function ask(client: Client, chosen: Chosen, choices: DestroyOptions): Promise<boolean> {
  const plan = await planAll(client, chosen.targets, choices);
  printPlan(plan, chosen);
  const affected = plan.filter(isTried).length;
  // No question where nothing would be destroyed; the results of the request still give the reason for each socket.
  const count = `${affected} of ${plan.length}`;
  return (
    affected === 0 || confirm(chosen.end === 'peer' ? `Abort ${count} at the peer?` : `Destroy ${count}?`)
  );
}

function printPlan(plan: readonly PlannedSocket[], chosen: Chosen): void {
  if (chosen.end === 'peer') printLine(atPeerText);
  const { shown, more } = fewDenied(plan, ({ act }) => act === 'denied');
  printTable(
    ['ACT', 'PROTO', 'SOCKET', 'WHAT HAPPENS'],
    shown.map((planned) => [planned.act, planned.protocol, formatTuple(planned), planned.message]),
  );
  printMoreDenied(more);
  printWithoutPeer(chosen);
}
