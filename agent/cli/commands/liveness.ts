/** `sockscope liveness [FILTER...] [--expect-within DURATION] [--json]`: after how long connections give up a dead peer. */

import { adviceFor } from '../../client/liveness/advice';
import { noticeText, waitingText } from '../../client/liveness/liveness-text';
import {
  hasPeer,
  type LiveConnection,
  noticesWithin,
  type ReadLiveness,
  readLiveness,
} from '../../client/liveness/read-liveness';
import { durationText, formatTuple, limits, parseFilter } from '../../protocol';
import { printAbsent, printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { connectToSee } from '../connect';
import { Containers } from '../containers';
import { readDuration } from '../durations';
import { CommandError, Exit } from '../exit';
import { printJson, printNotice, printTable } from '../output';
import { holdersText } from '../socket-table';
import { liveness as syntax } from '../syntax/see';

export async function liveness(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const expected = values['expect-within'];
  const withinMs = expected === '' ? null : readDuration('expect-within', expected, 1, limits.livenessMs);
  const { text, filter } = readFilter(positionals, parseFilter);
  printAbsentUsers(filter);
  const client = await connectToSee('watching');
  try {
    const containers = new Containers(client);
    const { sockets, namespaces } = await containers.list(text, filter);
    const listed = sockets.filter(hasPeer);
    if (listed.length === 0) {
      printAbsent(filter, namespaces, containers);
      const nothing = text === '' ? 'There is no TCP connection' : `No TCP connection matches ${text}`;
      throw new CommandError(Exit.nothingMatched, nothing);
    }
    const { connections, unknown } = await readLiveness(client, listed);
    if (values.json) printJson({ connections, unknown });
    else print(connections);
    if (unknown.length > 0)
      printNotice(
        `Not known of ${unknown.length} more: closed meanwhile, or held by no process that is seen.`,
      );
    return judge({ connections, unknown }, withinMs);
  } finally {
    client.close();
  }
}

function print(connections: readonly LiveConnection[]): void {
  if (connections.length === 0) return;
  printTable(
    ['PROCESS', 'CONNECTION', 'IDLE', 'SENDING', 'NOTES'],
    connections.map((connection) => [
      holdersText(connection.socket),
      formatTuple(connection.socket),
      noticeText(connection.idleMs),
      noticeText(connection.sendingMs),
      waitingText(connection),
    ]),
  );
  const deaf = connections.filter(({ idleMs }) => idleMs === null);
  for (const advice of new Set(deaf.map(({ socket }) => adviceFor(socket)))) printNotice(advice);
}

/** `withinMs`: null where nothing is expected. What is not known does not notice in time. */
function judge({ connections, unknown }: ReadLiveness, withinMs: number | null): Exit {
  if (withinMs === null) return Exit.ok;
  const late = connections.filter((connection) => !noticesWithin(connection, withinMs));
  if (late.length > 0)
    printNotice(
      `${late.length} of ${connections.length} would not notice a dead peer within ${durationText(withinMs)}.`,
    );
  return late.length + unknown.length === 0 ? Exit.ok : Exit.failed;
}
