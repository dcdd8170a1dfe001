/** The TCP connections whose timers are read or set: of rows, of a process or a remote, or of a pick. */

import * as vscode from 'vscode';
import { hasPeer } from '../../agent/client/liveness/read-liveness';
import { idKey, type Socket } from '../../agent/protocol';
import type { Launcher } from '../actions/launch';
import { requireAgent } from '../actions/required-agent';
import { pickSocket } from '../actions/socket-pick';
import type { Connection } from '../connection/connection';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { chosenNodes, type RowArguments } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import type { Node } from '../tree/view-window';
import { aimOfGroup } from './aim-filter';

const t = vscode.l10n.t;

/** At least one. Throws an Error for the user. */
export async function timedConnections(
  context: Context,
  tree: SocketTree,
  chosen: RowArguments,
  title: string,
): Promise<readonly Socket[]> {
  const nodes = chosenNodes(t, tree, chosen);
  const found =
    nodes.length === 0
      ? [await pickSocket(context, { title, accepts: hasPeer })]
      : (await Promise.all(nodes.map((node) => socketsOf(context, tree, node)))).flat();
  const timed = found.filter((socket) => socket !== undefined).filter(hasPeer);
  if (timed.length === 0)
    throw new Error(t('Select a TCP connection, or a process or remote with one, in the Sockscope view.'));
  return [...new Map(timed.map((socket) => [idKey(socket), socket])).values()];
}

async function socketsOf({ link }: Context, tree: SocketTree, node: Node): Promise<readonly Socket[]> {
  if (node.kind === 'socket') return [node.row.socket];
  if (node.kind !== 'group') return [];
  const { subject } = node.group;
  const found = await listMatching(await link.connect(), aimOfGroup(t, subject, tree.live.rowContext));
  if (subject.kind !== 'process') return found;
  // Its pid may be another's by now.
  return found.filter(({ owners }) =>
    owners.some(({ pid, startTime }) => pid === subject.pid && startTime === subject.startTime),
  );
}

/** Nobody else may read the timers of a connection. */
export function agentForTimers(context: Context, launcher: Launcher): Promise<Connection> {
  return requireAgent(context, launcher, t('Start the agent to read the timers?'));
}

export function timersUnknown(): Error {
  return new Error(
    t('Its timers are not known: it was closed meanwhile, or no process that is seen has it.'),
  );
}
