/** `sockscope tune FILTER... --keepalive 30s/10s/3 --user-timeout 20s`: after how long living connections give up a dead peer. */

import type { Client } from '../../client/connect';
import { planAll } from '../../client/destroy-all';
import { noticeText } from '../../client/liveness/liveness-text';
import { predict } from '../../client/liveness/predict';
import { hasPeer, type LiveConnection, readLiveness } from '../../client/liveness/read-liveness';
import { tuneAll, withTuning } from '../../client/liveness/tune';
import { fewDenied } from '../../common/denied';
import { formatTuple, parseActingFilter, type Socket, type TunedSocket, type Tuning } from '../../protocol';
import { printAbsent, printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { confirm, requireAnswer } from '../confirm';
import { connectToAct } from '../connect';
import { Containers } from '../containers';
import { CommandError, Exit } from '../exit';
import { printJson, printLine, printNotice, printTable } from '../output';
import { printMoreDenied } from '../results';
import { holdersText } from '../socket-table';
import { tune as syntax } from '../syntax/act';
import { readTuning } from '../tuning-arguments';

export async function tune(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseActingFilter);
  const tuning = readTuning(values);
  printAbsentUsers(filter);
  if (tuning) requireAnswer(values.yes);
  const client = await connectToAct('watching');
  try {
    const containers = new Containers(client);
    const { sockets, namespaces } = await containers.list(text, filter);
    const listed = sockets.filter(hasPeer);
    if (listed.length === 0) {
      printAbsent(filter, namespaces, containers);
      throw new CommandError(Exit.nothingMatched, `No TCP connection matches ${text}`);
    }
    if (tuning && !values.yes && !(await ask(client, listed, tuning))) return Exit.failed;
    const results = await tuneAll(client, listed, tuning);
    if (values.json) printJson({ results });
    else printResults(results, listed);
    // Its broker ends with this command, and what it knows with it.
    if (tuning && client.info.mode === 'direct')
      printNotice('No agent runs, so --restore will not know what they had: note it, or start one first.');
    return exitOf(results);
  } finally {
    client.close();
  }
}

/** No question where nothing would be tuned: the results have the reason for each. */
async function ask(client: Client, listed: readonly Socket[], tuning: Tuning): Promise<boolean> {
  const plan = await planAll(client, listed, {});
  const meant = listed.filter((_, at) => plan[at]?.act === 'destroy');
  if (meant.length === 0) return true;
  const { connections, unknown } = await readLiveness(client, meant);
  printPlan(connections, tuning);
  if (unknown.length > 0) printNotice(`What ${unknown.length} more would notice is not known.`);
  return confirm(`Tune ${meant.length} of ${listed.length}?`);
}

function printPlan(connections: readonly LiveConnection[], tuning: Tuning): void {
  printTable(
    ['PROCESS', 'CONNECTION', 'IDLE', 'SENDING'],
    connections.map(({ socket, timers, ...now }) => {
      const then = predict(withTuning(timers, tuning));
      return [
        holdersText(socket),
        formatTuple(socket),
        `${noticeText(now.idleMs)} -> ${noticeText(then.idleMs)}`,
        `${noticeText(now.sendingMs)} -> ${noticeText(then.sendingMs)}`,
      ];
    }),
  );
}

function printResults(results: readonly TunedSocket[], sockets: readonly Socket[]): void {
  const { shown, more } = fewDenied(results, ({ outcome }) => outcome === 'denied');
  for (const result of shown) printLine(`${result.outcome.padEnd(11)} ${textOf(result, sockets)}`);
  printMoreDenied(more);
}

/** As it is now, not as it was asked for. */
function textOf(
  { outcome, message, before, after, ...target }: TunedSocket,
  sockets: readonly Socket[],
): string {
  if ((outcome !== 'tuned' && outcome !== 'restored') || !before || !after) return message;
  const socket = sockets.find(({ netns, cookie }) => netns === target.netns && cookie === target.cookie);
  const [was, is] = [predict(before), predict(after)];
  const who = socket ? ` of ${holdersText(socket)}` : '';
  return `${formatTuple(target)}${who}: idle ${noticeText(was.idleMs)} -> ${noticeText(is.idleMs)}, sending ${noticeText(was.sendingMs)} -> ${noticeText(is.sendingMs)}`;
}

function exitOf(results: readonly TunedSocket[]): Exit {
  if (results.every(({ outcome }) => outcome === 'denied')) return Exit.denied;
  const isDone = ({ outcome }: TunedSocket) =>
    outcome === 'tuned' || outcome === 'restored' || outcome === 'gone';
  return results.every(isDone) ? Exit.ok : Exit.failed;
}
