/** Would It Notice: after how long a connection would give up a peer that has died without a word. */

import * as vscode from 'vscode';
import { livenessText } from '../../agent/client/liveness/liveness-text';
import {
  type LiveConnection,
  type ReadLiveness,
  readLiveness,
} from '../../agent/client/liveness/read-liveness';
import { formatTuple } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import type { Launcher } from '../actions/launch';
import { informModal } from '../base/ask-modal';
import { commands } from '../base/ids';
import { forQuickPick, numberText, withArrow } from '../base/text';
import type { Context } from '../context';
import { inSteps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import { ownersText } from '../tree/socket-text';
import type { SocketTree } from '../tree/socket-tree';
import { isLocked } from '../tree/sockets';
import { livenessAnswer } from './liveness-answer';
import { agentForTimers, timedConnections, timersUnknown } from './timed-connections';
import { tune } from './tune';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  const show = (...chosen: RowArguments) =>
    withHeldConnection(context, tree, async () => {
      const sockets = await timedConnections(context, tree, chosen, t('Would It Notice?'));
      const found = await readLiveness(await agentForTimers(context, launcher), sockets);
      const connection = await chooseOf(found);
      await showLiveness(context, launcher, connection);
      return connection;
    });
  context.command(commands.wouldNotice, show, (chosen) => withSelection(tree, chosen));
}

/** The only one, or one of a list, the worst first. */
async function chooseOf({ connections, unknown }: ReadLiveness): Promise<LiveConnection> {
  const [first, another] = connections;
  if (!first) throw timersUnknown();
  if (!another) return first;
  const count = numberText(connections.length);
  const owners = connections.map(({ socket }) => ownersText(t, socket));
  const isOfOne = new Set(owners).size === 1;
  const items = connections.map((connection, at) => ({
    value: connection,
    label: withArrow(formatTuple(connection.socket)),
    description: forQuickPick([livenessText(connection), ...(isOfOne ? [] : [owners[at]])].join(' · ')),
  }));
  const placeHolder =
    unknown.length === 0
      ? t('{0} connections, the worst first', count)
      : t('{0} connections, the worst first; not known of {1} more', count, numberText(unknown.length));
  return inSteps(t('Would It Notice?'), (steps) => steps.choose({ placeHolder, items, more: 0 }));
}

async function showLiveness(context: Context, launcher: Launcher, connection: LiveConnection): Promise<void> {
  const answer = livenessAnswer(t, connection);
  const copy = t('Copy as Text');
  const tuning = t('Tune...');
  const chosen = await informModal(answer, copy, ...(isLocked(connection.socket) ? [] : [tuning]));
  if (chosen === copy) await vscode.env.clipboard.writeText(`${answer.message}\n${answer.detail}`);
  if (chosen === tuning) await tune(context, launcher, [connection.socket]);
}
