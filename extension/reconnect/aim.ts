/** From a row of the tree to the target of a drill, an outage, a degrade or a capture. */

import * as vscode from 'vscode';
import { hasPeer } from '../../agent/client/liveness/read-liveness';
import type { Socket } from '../../agent/protocol';
import { askSocket } from '../actions/socket-pick';
import type { Translate } from '../base/text';
import type { Connection } from '../connection/connection';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import type { Steps } from '../steps';
import type { RowContext } from '../tree/row-context';
import { chosenNodes, type RowArguments } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { isConnection, isLocked } from '../tree/sockets';
import type { Node } from '../tree/view-window';
import { aimOfGroup, aimOfSocket } from './aim-filter';
import { askFilter } from './fault-choices';

const t = vscode.l10n.t;

/** The filter of the chosen row; without a row, of a picked connection or a typed filter. Throws an Error for the user. */
export async function askAim(
  context: Context,
  tree: SocketTree,
  steps: Steps,
  rows: RowArguments,
): Promise<string> {
  const chosen = chosenNodes(t, tree, rows);
  if (chosen.length > 0) return aimOf(t, await context.link.connect(), chosen, tree.live.rowContext);
  const socket = await askSocket(context, steps, {
    more: 2,
    accepts: (one) => isConnection(one) && !isLocked(one),
    acts: true,
    other: t('Type a Filter...'),
  });
  return socket ? aimOfConnection(t, await context.link.connect(), socket) : askFilter(steps);
}

/** The filter of one living TCP connection's end: of the chosen row, or of a pick. Throws an Error for the user. */
export async function askEnd(
  context: Context,
  tree: SocketTree,
  steps: Steps,
  rows: RowArguments,
): Promise<string> {
  const [node, another] = chosenNodes(t, tree, rows);
  const isLiving = (one: Socket) => hasPeer(one) && !isLocked(one);
  const socket = node
    ? node.kind === 'socket' && node.row.socket
    : await askSocket(context, steps, { more: 2, accepts: isLiving, acts: true });
  if (!socket || another || !isLiving(socket))
    throw new Error(t('One TCP connection is made half-open: select its row.'));
  return `cookie:${socket.cookie} net:${socket.netns}`;
}

/** What is to be captured: of a connection's row or a pick that end alone, living; of a process or a remote new ones, too. */
export async function askCaptured(
  context: Context,
  tree: SocketTree,
  steps: Steps,
  rows: RowArguments,
): Promise<string> {
  const [node, another] = chosenNodes(t, tree, rows);
  if (another) throw new Error(t('One connection, process or remote at a time: select a single row.'));
  if (node?.kind === 'group') return aimOfGroup(t, node.group.subject, tree.live.rowContext);
  const accepts = (one: Socket) => isConnection(one) && !isLocked(one);
  const socket = node
    ? node.kind === 'socket' && node.row.socket
    : await askSocket(context, steps, { more: 1, accepts, acts: true, other: t('Type a Filter...') });
  if (socket === undefined) return askFilter(steps);
  if (!socket || !accepts(socket))
    throw new Error(t('Select a connection, a process or a remote in the Sockscope view.'));
  return `cookie:${socket.cookie} net:${socket.netns}`;
}

async function aimOf(
  t: Translate,
  connection: Connection,
  nodes: readonly Node[],
  rowContext: RowContext,
): Promise<string> {
  const [node, another] = nodes;
  if (another) throw new Error(t('One connection, process or remote at a time: select a single row.'));
  if (node?.kind === 'group') return aimOfGroup(t, node.group.subject, rowContext);
  if (node?.kind !== 'socket')
    throw new Error(t('Select a connection, a process or a remote in the Sockscope view.'));
  return aimOfConnection(t, connection, node.row.socket);
}

async function aimOfConnection(t: Translate, connection: Connection, socket: Socket): Promise<string> {
  const { local, netns } = socket;
  const listeners = await listMatching(connection, `:${local.port} state:listen net:${netns}`);
  return aimOfSocket(t, socket, listeners.length > 0);
}
