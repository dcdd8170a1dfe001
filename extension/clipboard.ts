/** Copy Address and Copy PID. */

import * as vscode from 'vscode';
import { formatEndpoint, formatTuple } from '../agent/protocol';
import type { Context } from './context';
import { chosenNodes } from './destroy';
import { commands } from './ids';
import { type Node, processesOf } from './socket-model';

import type { SocketTree } from './socket-tree';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree): void {
  const copy = (
    id: typeof commands.copyAddress | typeof commands.copyPid,
    textsOf: (node: Node) => string[],
  ) =>
    context.command(id, async (node?: Node, nodes?: readonly Node[]) => {
      const texts = chosenNodes(tree, node, nodes).flatMap(textsOf);
      if (texts.length === 0)
        throw new Error(t('There is nothing to copy: select a row in the Sockscope view.'));
      await vscode.env.clipboard.writeText([...new Set(texts)].join('\n'));
    });
  copy(commands.copyAddress, addresses);
  copy(commands.copyPid, pids);
}

function addresses(node: Node): string[] {
  if (node.kind === 'socket') return [formatTuple(node.socket)];
  const { subject } = node;
  if (subject.kind !== 'remote') return node.sockets.flatMap(addresses);
  const { address, port } = subject;
  return [port === null ? address : formatEndpoint({ address, port })];
}

function pids(node: Node): string[] {
  if (node.kind === 'socket') return processesOf(node.socket).map(({ pid }) => String(pid));
  return node.subject.kind === 'process' ? [String(node.subject.pid)] : node.sockets.flatMap(pids);
}
