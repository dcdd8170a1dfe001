/** `sockscope history [FILTER...] [--since DURATION] [--watch] [--json]`: connections opened, failed to open and ended. */

import type { Client } from '../../client/connect';
import { HistoryReader, type ReadHistory, readHistory } from '../../client/history/read-history';
import {
  type HistoryParams,
  historyChanged,
  keepHistory,
  limits,
  type PastConnection,
  parseHistoryFilter,
} from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { connectToSee } from '../connect';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { historyHeader, historyLine, historyRow } from '../history-text';
import { interrupted } from '../interrupted';
import { localTime } from '../local-time';
import { drained, printJson, printLine, printNotice, printTable } from '../output';
import { history as syntax } from '../syntax/see';

const notKept =
  'No history is kept, as nothing asks for one. From now on: sockscope history --watch, or in VS Code Show History or the setting sockscope.history';

export async function history(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const { text, filter } = readFilter(positionals, parseHistoryFilter);
  const params: HistoryParams = {
    filter: text,
    ...(values.since === '' ? {} : { sinceMs: readDuration('since', values.since, 1, limits.historyMs) }),
  };
  printAbsentUsers(filter);
  const client = await connectToSee('watching');
  try {
    return values.watch ? await watch(client, params, values.json) : await list(client, params, values.json);
  } finally {
    client.close();
  }
}

async function list(client: Client, params: HistoryParams, json: boolean): Promise<Exit> {
  const { next: _, missed: __, ...read } = await readHistory(client, params);
  if (read.keptSince === null) throw new CommandError(Exit.failed, notKept);
  if (json) {
    printJson(read);
    return Exit.ok;
  }
  if (read.connections.length > 0) printTable(historyHeader, read.connections.map(historyRow));
  else printNotice('Nothing matches in the history of TCP connections.');
  printNotice(completeText(read));
  return Exit.ok;
}

function completeText({
  keptSince,
  completeSince,
  dropped,
  lost,
}: Omit<ReadHistory, 'next' | 'missed'>): string {
  if (dropped + lost === 0) return `Complete since ${localTime(keptSince ?? '')}, when keeping began.`;
  const missing = [
    dropped > 0 ? `${dropped} older ${dropped === 1 ? 'entry was' : 'entries were'} dropped` : '',
    lost > 0 ? `${lost} could not be recorded` : '',
  ].filter((part) => part !== '');
  return `Complete since ${localTime(completeSince ?? '')}: ${missing.join(', and ')}.`;
}

/** Without `--since`, only what happens from now on. */
async function watch(client: Client, params: HistoryParams, json: boolean): Promise<Exit> {
  const stopped = interrupted().then(() => Exit.ok);
  const ended = client.closed().then(() => {
    throw new CommandError(Exit.failed, 'The agent has ended, and the history with it: start both again');
  });
  await client.request(keepHistory, {});
  const print = json ? (connection: PastConnection) => printJson(connection) : printConnection;
  const printMissing = json ? printMissingJson : printMissingLine;
  let known: number | null = null;
  const reader = new HistoryReader(
    client,
    params.sinceMs === undefined ? { ...params, sinceMs: 1 } : params,
    async ({ connections, lost, missed }) => {
      const more = lost - (known ?? lost);
      if (missed || more > 0) printMissing(missed, more);
      known = lost;
      for (const connection of connections) {
        print(connection);
        await drained();
      }
    },
  );
  client.on(historyChanged, () => void reader.read().catch(() => {}));
  await reader.read();
  printNotice('Watching TCP connections. Ctrl-C ends it.');
  return Promise.race([stopped, ended]);
}

function printConnection(connection: PastConnection): void {
  printLine(historyLine(connection));
}

/** `dropped`: entries were, before they could be printed. `lost`: events that the kernel could not record. */
function printMissingJson(dropped: boolean, lost: number): void {
  printJson({ event: 'missing', dropped, lost });
}

function printMissingLine(dropped: boolean, lost: number): void {
  if (dropped) printNotice('Connections are missing here: they came faster than they were printed.');
  if (lost > 0) printNotice(`${lost} could not be recorded.`);
}
