/** The sockets that a filter matches, for `sockscope list`; loaded while the broker starts. */

import { leakText } from '../client/inspect/alike';
import { findLeaks } from '../client/inspect/leaks';
import type { Requester } from '../client/requester';
import { unreadTexts } from '../common/namespace-text';
import { leftOutText } from '../common/process-text';
import {
  at,
  type Filter,
  type LeftOut,
  type Namespace,
  type PackedList,
  type PackedSockets,
  type Socket,
  visibleText,
} from '../protocol';
import { printAbsent, printAbsentUsers } from './absent-names';
import type { ListSource } from './connect-to-list';
import type { Containers } from './containers';
import { Exit } from './exit';
import { jsonSockets } from './json-sockets';
import { listRank } from './list-order';
import { printJsonRows, printNotice } from './output';
import { printSockets } from './socket-table';

/** `text` and `filter` mean the same. */
export interface ListRequest {
  readonly text: string;
  readonly filter: Filter;
  readonly json: boolean;
}

export async function printList(source: ListSource, request: ListRequest): Promise<Exit> {
  try {
    printAbsentUsers(request.filter);
    await (request.json ? printAsJson : printAsTable)(source, request);
    return Exit.ok;
  } finally {
    source.close();
  }
}

async function printAsJson({ client, containers }: ListSource, request: ListRequest): Promise<void> {
  const { text, filter } = request;
  const pages = await containers.pages(text, filter);
  const { namespaces, leftOut } = pages.at(-1) as PackedList;
  const packed = pages.map(({ sockets }) => sockets);
  printJsonRows('sockets', jsonSockets(packed), { namespaces, leftOut });
  const owners = packed.reduce((sum, page) => sum + ownersLeftOut(page), 0);
  if (packed.every(({ count }) => count === 0)) printNothing(client, request, namespaces, containers);
  warn(client, askedFor(filter, namespaces), { ...leftOut, owners });
}

async function printAsTable({ client, containers }: ListSource, request: ListRequest): Promise<void> {
  const { text, filter } = request;
  const { sockets, namespaces, leftOut } = await containers.list(text, filter);
  printSockets([...sockets].sort(inOrder), namespaces);
  for (const leak of await findLeaks(client, sockets)) printNotice(`close-wait: ${leakText(leak)}.`);
  const owners = sockets.reduce((sum, { ownersLeftOut }) => sum + ownersLeftOut, 0);
  if (sockets.length === 0) printNothing(client, request, namespaces, containers);
  warn(client, askedFor(filter, namespaces), { ...leftOut, owners });
}

/** On standard error. That nothing matches is an answer, as of ss, and no failure: scripts read the rows. */
function printNothing(
  client: Requester,
  { text, filter }: ListRequest,
  namespaces: readonly Namespace[],
  containers: Containers,
): void {
  const none = isObserver(client) ? 'No socket that can be seen without the agent' : 'No socket';
  printNotice(text === '' ? `${none} is there.` : `${none} matches ${visibleText(text)}.`);
  printAbsent(filter, namespaces, containers);
}

function isObserver({ info }: Requester): boolean {
  return info.mode === 'observer';
}

function ownersLeftOut({ count, columns }: PackedSockets): number {
  let sum = 0;
  for (let row = 0; row < count; row++) sum += at(columns.ownersLeftOut, row);
  return sum;
}

/** Without those that its terms exclude. */
function askedFor(filter: Filter, namespaces: readonly Namespace[]): readonly Namespace[] {
  const excludes = ({ netns }: Namespace, term: Filter[number]) =>
    term.key === 'net' && term.values.includes(netns) === term.negated;
  return namespaces.filter((namespace) => !filter.some((term) => excludes(namespace, term)));
}

/** Reports on standard error what the list lacks. `owners`: those of listed sockets that are not listed. */
function warn(client: Requester, namespaces: readonly Namespace[], missing: LeftOut): void {
  for (const text of unreadTexts(namespaces)) printNotice(text);
  const missingText = leftOutText(missing);
  if (missingText !== null) printNotice(`${missingText}.`);
  if (isObserver(client) && process.stderr.isTTY)
    printNotice('Without the agent only your own processes are named, in your network namespace.');
}

function inOrder(a: Socket, b: Socket): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ state, local, remote }: Socket): number {
  return listRank(state, local.port, remote?.port ?? 0);
}
