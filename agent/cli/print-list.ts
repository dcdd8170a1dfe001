/** The sockets that a filter matches, for `sockscope list`; loaded while the broker starts. */

import { leakText } from '../client/inspect/alike';
import { findLeaks } from '../client/inspect/leaks';
import type { Requester } from '../client/requester';
import { cutText, unreadTexts } from '../common/namespace-text';
import { leftOutText } from '../common/process-text';
import { type Filter, type LeftOut, type Namespace, visibleText } from '../protocol';
import { printAbsent, printAbsentUsers } from './absent-names';
import type { ListSource } from './connect-to-list';
import type { Containers, JsonListing } from './containers';
import { Exit } from './exit';
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
  const list = await containers.json(text, filter);
  const { namespaces, leftOut, total, ownersLeftOut } = list.first;
  await printJsonRows('sockets', rowsOf(list), { namespaces, leftOut });
  if (total === 0) printNothing(client, request, namespaces, containers);
  warn(client, unreadOf(filter, namespaces), { ...leftOut, owners: ownersLeftOut });
}

async function* rowsOf({ first, rest }: JsonListing): AsyncGenerator<Uint8Array> {
  yield first.jsonRows;
  for await (const page of rest) yield page.jsonRows;
}

async function printAsTable({ client, containers }: ListSource, request: ListRequest): Promise<void> {
  const { text, filter } = request;
  const { sockets, namespaces, leftOut } = await containers.list(text, filter);
  printSockets(sockets, namespaces);
  for (const leak of await findLeaks(client, sockets)) printNotice(`close-wait: ${leakText(leak)}.`);
  const owners = sockets.reduce((sum, { ownersLeftOut }) => sum + ownersLeftOut, 0);
  if (sockets.length === 0) printNothing(client, request, namespaces, containers);
  warn(client, unreadOf(filter, namespaces), { ...leftOut, owners });
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

/** Sentences about those that its terms do not exclude. */
function unreadOf(filter: Filter, namespaces: readonly Namespace[]): readonly string[] {
  const excludes = ({ netns }: Namespace, term: Filter[number]) =>
    term.key === 'net' && term.values.includes(netns) === term.negated;
  const asked = namespaces.filter((namespace) => !filter.some((term) => excludes(namespace, term)));
  const cut = cutText(namespaces);
  return cut === null ? unreadTexts(asked) : [...unreadTexts(asked), cut];
}

/** Reports on standard error what the list lacks. `owners`: those of listed sockets that are not listed. */
function warn(client: Requester, unread: readonly string[], missing: LeftOut): void {
  for (const text of unread) printNotice(text);
  const missingText = leftOutText(missing);
  if (missingText !== null) printNotice(`${missingText}.`);
  if (isObserver(client) && process.stderr.isTTY)
    printNotice('Without the agent only your own processes are named, in your network namespace.');
}
