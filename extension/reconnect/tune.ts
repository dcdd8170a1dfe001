/** Tune: sets after how long living connections give up a dead peer, whatever their program has set. */

import * as vscode from 'vscode';
import { readLiveness } from '../../agent/client/liveness/read-liveness';
import { tuneAll } from '../../agent/client/liveness/tune';
import type { Socket, TunedSocket, Tuning } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import { confirmAct } from '../actions/confirm';
import type { Launcher } from '../actions/launch';
import { commands } from '../base/ids';
import type { Context } from '../context';
import { inSteps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { isLocked } from '../tree/sockets';
import { agentForTimers, timedConnections, timersUnknown } from './timed-connections';
import { presets, tunedReport, tuneQuestion, tuningText } from './tune-text';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  const run = (...chosen: RowArguments) =>
    withHeldConnection(context, tree, async () =>
      tune(context, launcher, await timedConnections(context, tree, chosen, t('Tune'))),
    );
  context.command(commands.tune, run, (chosen) => withSelection(tree, chosen));
}

/** Asks how, and says what was read of them afterwards. */
export async function tune(
  context: Context,
  launcher: Launcher,
  sockets: readonly Socket[],
): Promise<readonly TunedSocket[]> {
  const tunable = sockets.filter((socket) => !isLocked(socket));
  if (tunable.length === 0)
    throw new Error(t('All of these connections are locked: the tooltips of their rows say why.'));
  const agent = await agentForTimers(context, launcher);
  const tuning = await askTuning();
  const { connections } = await readLiveness(agent, tunable);
  if (connections.length === 0) throw timersUnknown();
  // To give back what was needs no more than the choice.
  if (tuning)
    await confirmAct(
      tuneQuestion(t, connections, sockets.length - connections.length, tuning),
      t('Tune'),
      false,
    );
  const results = await tuneAll(
    agent,
    connections.map(({ socket }) => socket),
    tuning,
  );
  for (const { outcome, message } of results) context.log.info(`tune ${outcome}: ${message}`);
  const { kind, message } = tunedReport(t, results);
  context.toast(kind, message);
  return results;
}

/** Null: what each had before. */
function askTuning(): Promise<Tuning | null> {
  const items = [
    ...presets(t).map(({ tuning, description }) => ({
      value: tuning,
      label: tuningText(t, tuning),
      description,
    })),
    { value: null, label: t('Restore'), description: t('what each had before it was first tuned') },
  ];
  return inSteps(t('Tune'), (steps) =>
    steps.choose<Tuning | null>({
      placeHolder: t('When is a peer that does not answer given up?'),
      items,
      more: 0,
    }),
  );
}
