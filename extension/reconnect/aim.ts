/** From a row of the tree to the target of a drill or an outage. */

import * as vscode from 'vscode';
import type { Translate } from '../base/text';
import type { Connection } from '../connection/connection';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import type { RowContext } from '../tree/row-context';
import { chosenNodes } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import type { Node } from '../tree/view-window';
import { aimOfGroup, aimOfSocket } from './aim-filter';
import { askFilter } from './fault-choices';

/** The filter of the chosen row; without a row, the user is asked for a filter. Throws an Error for the user. */
export async function askAim(
  context: Context,
  tree: SocketTree,
  title: string,
  node?: Node,
  nodes?: readonly Node[],
): Promise<string> {
  const chosen = chosenNodes(tree, node, nodes);
  if (chosen.length === 0) return askFilter(title);
  return aimOf(vscode.l10n.t, await context.link.connect(), chosen, tree.live.rowContext);
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
  const { socket } = node.row;
  const { local, netns } = socket;
  const listeners = await listMatching(connection, `:${local.port} state:listen net:${netns}`);
  return aimOfSocket(t, socket, listeners.length > 0);
}
