/** Copy Address and Copy PID. */

import * as vscode from 'vscode';
import { formatEndpoint, formatTuple, type Socket } from '../../agent/protocol';
import { commands } from '../base/ids';
import type { Context } from '../context';
import { chosenNodes, type RowArguments } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { processesOf } from '../tree/sockets';
import type { GroupNode, Node } from '../tree/view-window';

const t = vscode.l10n.t;

/** Text of a socket, and of a group as a whole; undefined: the group is copied socket by socket. */
interface Writer {
  readonly socket: (socket: Socket) => readonly string[];
  readonly group: (group: GroupNode) => string | undefined;
}

const addresses: Writer = {
  socket: (socket) => [formatTuple(socket)],
  group: ({ group: { subject } }) => {
    if (subject.kind !== 'remote') return undefined;
    const { address, port } = subject;
    return port === null ? address : formatEndpoint({ address, port });
  },
};

const pids: Writer = {
  socket: (socket) => processesOf(socket).map(({ pid }) => String(pid)),
  group: ({ group: { subject } }) => (subject.kind === 'process' ? String(subject.pid) : undefined),
};

export function activate(context: Context, tree: SocketTree): void {
  const copy = (id: typeof commands.copyAddress | typeof commands.copyPid, writer: Writer) =>
    context.command(id, async (...chosen: RowArguments) => {
      const texts: string[] = [];
      for (const one of chosenNodes(t, tree, chosen)) texts.push(...(await write(tree, writer, one)));
      if (texts.length === 0)
        throw new Error(t('There is nothing to copy: select a row in the Sockscope view.'));
      await vscode.env.clipboard.writeText([...new Set(texts)].join('\n'));
    });
  copy(commands.copyAddress, addresses);
  copy(commands.copyPid, pids);
}

async function write(tree: SocketTree, writer: Writer, node: Node): Promise<readonly string[]> {
  if (node.kind === 'more' || node.kind === 'start') return [];
  if (node.kind === 'socket') return writer.socket(node.row.socket);
  const whole = writer.group(node);
  return whole === undefined ? (await tree.live.socketsOf(node.id)).flatMap(writer.socket) : [whole];
}
