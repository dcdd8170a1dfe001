/** Would It Notice: after how long a connection would give up a peer that has died without a word. */

import * as vscode from 'vscode';
import { hasPeer, type LiveConnection, readLiveness } from '../../agent/client/liveness/read-liveness';
import type { Socket } from '../../agent/protocol';
import { confirmAct } from '../actions/confirm';
import type { Launcher } from '../actions/launch';
import { pickSocket } from '../actions/socket-pick';
import { informModal } from '../base/ask-modal';
import { commands } from '../base/ids';
import type { Connection } from '../connection/connection';
import type { Context } from '../context';
import { chosenNodes, type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { livenessAnswer } from './liveness-answer';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  const show = async (...chosen: RowArguments) => {
    const held = context.link.hold();
    try {
      const socket = await chosenConnection(context, tree, chosen);
      return socket && (await showLiveness(await agentFor(context, launcher), socket));
    } finally {
      held.dispose();
    }
  };
  context.command(commands.wouldNotice, show, (chosen) => withSelection(tree, chosen));
}

/** Of the row, or of those that are offered where none is chosen. */
async function chosenConnection(
  context: Context,
  tree: SocketTree,
  chosen: RowArguments,
): Promise<Socket | undefined> {
  const [node] = chosenNodes(t, tree, chosen);
  if (!node) return pickSocket(context, { title: t('Would It Notice?'), accepts: hasPeer });
  if (node.kind === 'socket' && hasPeer(node.row.socket)) return node.row.socket;
  throw new Error(t('Select a TCP connection in the Sockscope view.'));
}

async function agentFor({ link }: Context, launcher: Launcher): Promise<Connection> {
  const agent = await link.agent();
  if (agent) return agent;
  const question = { message: t('Start the agent to read the timers of this connection?'), detail: '' };
  await confirmAct(question, t('Start Agent'), true);
  return launcher.start();
}

async function showLiveness(agent: Connection, socket: Socket): Promise<LiveConnection> {
  const { connections } = await readLiveness(agent, [socket]);
  const [connection] = connections;
  if (!connection)
    throw new Error(
      t('Its timers are not known: it was closed meanwhile, or no process that is seen has it.'),
    );
  const answer = livenessAnswer(t, connection);
  const copy = t('Copy as Text');
  if ((await informModal(answer, copy)) === copy)
    await vscode.env.clipboard.writeText(`${answer.message}\n${answer.detail}`);
  return connection;
}
