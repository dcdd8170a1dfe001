/** The sockets that a filter matches, for `sockscope list`; loaded while the broker starts. */

import { leakText } from '../client/inspect/alike';
import { findLeaks } from '../client/inspect/leaks';
import type { Requester } from '../client/requester';
import { unreadTexts } from '../common/namespace-text';
import { leftOutText } from '../common/process-text';
import type { Filter, LeftOut, Namespace, Socket } from '../protocol';
import type { ListSource } from './connect-to-list';
import { Exit } from './exit';
import { printJsonRows, printNotice } from './output';
import { printSockets } from './socket-table';

/** `text` and `filter` mean the same. */
export interface ListRequest {
  readonly text: string;
  readonly filter: Filter;
  readonly json: boolean;
}

export async function printList(source: ListSource, { text, filter, json }: ListRequest): Promise<Exit> {
  const { client, containers } = source;
  try {
    const { sockets, namespaces, leftOut } = await containers.list(text, filter);
    const sorted = [...sockets].sort(byPort);
    if (json) printJsonRows('sockets', sorted, { namespaces, leftOut });
    else printSockets(sorted, namespaces);
    if (!json)
      for (const leak of await findLeaks(client, sockets)) printNotice(`close-wait: ${leakText(leak)}.`);
    warn(client, { sockets, namespaces, leftOut });
    return Exit.ok;
  } finally {
    source.close();
  }
}

interface Listed {
  readonly sockets: readonly Socket[];
  readonly namespaces: readonly Namespace[];
  readonly leftOut: LeftOut;
}

/** Reports on standard error what the list lacks. */
function warn({ info }: Requester, { sockets, namespaces, leftOut }: Listed): void {
  for (const text of unreadTexts(namespaces)) printNotice(text);
  const missing = leftOutText({ ...leftOut, owners: sumOf(sockets) });
  if (missing !== null) printNotice(`${missing}.`);
  if (info.mode === 'observer' && process.stderr.isTTY)
    printNotice('Without the agent only your own processes are named, in your network namespace.');
}

/** Owners of these sockets that are not listed. */
function sumOf(sockets: readonly Socket[]): number {
  return sockets.reduce((sum, { ownersLeftOut }) => sum + ownersLeftOut, 0);
}

/** Listening first, then by local port. */
function byPort(a: Socket, b: Socket): number {
  const listening = Number(b.state === 'listen') - Number(a.state === 'listen');
  return listening || a.local.port - b.local.port || (a.remote?.port ?? 0) - (b.remote?.port ?? 0);
}
