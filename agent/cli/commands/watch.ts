/** `sockscope list --watch`: prints changes until Ctrl-C. */

import type { Client } from '../../client/connect';
import { formatTuple, type SocketChange, socketsChanged, visibleText, watchSockets } from '../../protocol';
import { printAbsentUsers } from '../absent-names';
import { connectToSee } from '../connect';
import { Containers } from '../containers';
import { CommandError, Exit } from '../exit';
import { interrupted } from '../interrupted';
import { drained, printJson, printLine, printNotice } from '../output';
import type { ListRequest } from '../print-list';
import { holdersText } from '../socket-table';

/** Throws CommandError (failed) where the agent ends. */
export async function watch(request: ListRequest): Promise<Exit> {
  const client = await connectToSee('watching');
  try {
    return await watchWith(client, request);
  } finally {
    client.close();
  }
}

async function watchWith(client: Client, { text, filter, json }: ListRequest): Promise<Exit> {
  const containers = new Containers(client);
  printAbsentUsers(filter);
  const stopped = interrupted().then(() => true);
  const ended = client.closed().then(() => false);
  if (filter.some(({ key }) => key === 'container')) await containers.refresh();
  const print = json ? printChange : printChangeLine;
  let printed: Promise<unknown> = Promise.resolve();
  client.on(socketsChanged, ({ changes }) => {
    // In sequence: the name of a container may have to be read from its runtime first.
    printed = printed.then(() => printAll(changes, containers, print)).catch(() => {});
  });
  const { source } = await client.request(watchSockets, { filter: text });
  printNotice(
    source === 'polling'
      ? 'Watching by polling every two seconds: sockets that live for less are missed. Ctrl-C ends it.'
      : 'Watching. Ctrl-C ends it.',
  );
  if (await Promise.race([stopped, ended])) return Exit.ok;
  await printed;
  throw new CommandError(Exit.failed, 'The agent has ended, and the watch with it: start both again');
}

async function printAll(
  changes: readonly SocketChange[],
  containers: Containers,
  print: (change: SocketChange) => void,
): Promise<void> {
  for (const change of changes) {
    print({ ...change, socket: await containers.named(change.socket) });
    await drained();
  }
}

function printChange({ event, at, socket, reason }: SocketChange): void {
  printJson({ event, at, socket, reason });
}

/** `14:03:22.123 closed  tcp 127.0.0.1:40000 -> 127.0.0.1:3000 node/42 established closed-by-peer` */
function printChangeLine({ event, at, socket, reason }: SocketChange): void {
  const time = at.slice(at.indexOf('T') + 1, -1);
  const words = [
    time,
    event.padEnd(7),
    socket.protocol,
    formatTuple(socket),
    holdersText(socket),
    socket.state,
    reason ?? '',
  ];
  printLine(visibleText(words.join(' ')).trimEnd());
}
