/** `sockscope list [FILTER...] [--json]` */

import { listAll } from '../client/list-all';
import { parseFilter, type Socket } from '../protocol';
import { tupleEnds } from '../wording';
import { readArguments, readFilter } from './arguments';
import { connectToSee } from './connect';
import { Exit } from './exit';
import { printJson, printTable } from './output';

export async function list(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, { json: { type: 'boolean', default: false } });
  const { text } = readFilter(positionals, parseFilter);
  const client = await connectToSee();
  try {
    const sockets = (await listAll(client, text)).sort(byPort);
    if (values.json) printJson({ sockets });
    else printSockets(sockets);
    if (client.info.mode === 'observer' && process.stderr.isTTY)
      console.error('Without the agent only your own processes are named, in your network namespace.');
    return Exit.ok;
  } finally {
    client.close();
  }
}

/** Listening first, then by local port. */
function byPort(a: Socket, b: Socket): number {
  const listening = Number(b.state === 'listen') - Number(a.state === 'listen');
  return listening || a.local.port - b.local.port || (a.remote?.port ?? 0) - (b.remote?.port ?? 0);
}

export function printSockets(sockets: readonly Socket[]): void {
  printTable(
    ['PROTO', 'STATE', 'LOCAL', 'REMOTE', 'PROCESS', 'COOKIE', ''],
    sockets.map((socket) => [
      socket.protocol,
      socket.state,
      ...tupleEnds(socket),
      processes(socket),
      socket.cookie,
      socket.lifeline ? 'lifeline' : '',
    ]),
  );
}

function processes({ owners }: Socket): string {
  const names = new Map(owners.map(({ pid, name }) => [pid, `${name}/${pid}`]));
  return names.size === 0 ? '-' : [...names.values()].join(',');
}
