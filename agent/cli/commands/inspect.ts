/** `sockscope inspect FILTER... [--json]`: details of one socket and of its processes. */

import { askOfEach } from '../../client/ask-of-each';
import type { Client } from '../../client/connect';
import { findFacts } from '../../client/inspect/socket-facts';
import {
  ErrorCode,
  formatTuple,
  hasCode,
  inspectProcess,
  inspectSocket,
  type ProcessId,
  parseFilter,
  processIdOf,
  type Socket,
  targetOf,
} from '../../protocol';
import { printAbsent, printAbsentUsers } from '../absent-names';
import { readArguments, readFilter } from '../arguments';
import { connectToSee } from '../connect';
import { Containers } from '../containers';
import { type Inspected, printDetails } from '../detail-text';
import { CommandError, Exit } from '../exit';
import { printJson, printNotice } from '../output';
import { inspect as syntax } from '../syntax/see';

export async function inspect(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  if (positionals.length === 0)
    throw new CommandError(Exit.usage, 'A filter is needed that says which socket, such as cookie:4711');
  const { text, filter } = readFilter(positionals, parseFilter);
  printAbsentUsers(filter);
  const client = await connectToSee('once');
  try {
    const containers = new Containers(client);
    const { sockets, namespaces } = await containers.list(text, filter);
    if (sockets.length === 0) printAbsent(filter, namespaces, containers);
    const inspected = await inspectOne(client, onlyMatch(sockets, text));
    if (values.json) printJson(inspected);
    else printDetails(inspected);
    return Exit.ok;
  } finally {
    client.close();
  }
}

/** Candidates listed where a filter matches several sockets. */
const maxCandidates = 10;

/** Throws CommandError: nothingMatched, or usage with the cookies to choose from. */
function onlyMatch(sockets: readonly Socket[], text: string): Socket {
  const [socket, another] = sockets;
  if (!socket) throw new CommandError(Exit.nothingMatched, `Nothing matches ${text}`);
  if (!another) return socket;
  const named = sockets
    .slice(0, maxCandidates)
    .map((each) => `  cookie:${each.cookie}  ${formatTuple(each)}`);
  const more = sockets.length > maxCandidates ? [`  and ${sockets.length - maxCandidates} more`] : [];
  throw new CommandError(
    Exit.usage,
    [`${sockets.length} sockets match ${text}: choose one of`, ...named, ...more].join('\n'),
  );
}

async function inspectOne(client: Client, socket: Socket): Promise<Inspected> {
  const holders = socket.owners.length > 0 ? socket.owners : socket.queuedFor;
  const ids = new Map(holders.map((holder) => [holder.pid, processIdOf(holder)]));
  const detail = await client.request(inspectSocket, { target: targetOf(socket) }).catch(reportMissing);
  const ask = (id: ProcessId) => client.request(inspectProcess, id).catch(reportMissing);
  const processes = await askOfEach([...ids.values()], ask);
  return {
    socket,
    detail,
    ...(await findFacts(client, socket)),
    processes: processes.filter((process) => process !== null),
  };
}

/** A part that is gone or unavailable does not prevent the output of the others. */
function reportMissing(error: unknown): null {
  if (!hasCode(error, ErrorCode.notFound) && !hasCode(error, ErrorCode.kernelRefused)) throw error;
  printNotice(error instanceof Error ? error.message : String(error));
  return null;
}
