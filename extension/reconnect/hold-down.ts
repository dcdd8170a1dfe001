/** Hold Down: holds the remotes of a row or a filter down for a while. */

import * as vscode from 'vscode';
import { untilAgreed } from '../../agent/client/until-agreed';
import { type OutageParams, type OutageStarted, type Socket, startOutage } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import { confirmAct } from '../actions/confirm';
import { logLine, report } from '../actions/destroy-text';
import type { Launcher } from '../actions/launch';
import { commands } from '../base/ids';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { inSteps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { isConnection } from '../tree/sockets';
import { askAim } from './aim';
import { askDuration, askFault } from './fault-choices';
import { askedAgain, outageQuestion } from './fault-text';
import type { Outages } from './outages';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher, outages: Outages): void {
  const run = (...given: RowArguments | [OutageParams]) =>
    withHeldConnection(context, tree, async () => {
      const start = async (params: OutageParams) => (await launcher.start()).request(startOutage, params);
      const started = isParams(given)
        ? await start(given[0])
        : await askAndStart(context, tree, given, start);
      if (!started) return undefined;
      const { outage, destroyed } = started;
      outages.add(outage);
      context.log.info(`outage ${outage.id}: ${outage.target}: ${outage.fault} until ${outage.endsAt}`);
      for (const result of destroyed) context.log.info(`destroy ${logLine(result)}`);
      const { kind, message } = report(t, destroyed);
      if (kind === 'warning') context.toast(kind, message);
      return outage;
    });
  context.command(commands.holdDown, run, (given) => (isParams(given) ? given : withSelection(tree, given)));
}

/** Other extensions and tests pass all parameters, and are not asked. */
function isParams(given: RowArguments | [OutageParams]): given is [OutageParams] {
  return given[0] !== undefined && 'filter' in given[0];
}

async function askAndStart(
  context: Context,
  tree: SocketTree,
  rows: RowArguments,
  start: (params: OutageParams) => Promise<OutageStarted>,
): Promise<OutageStarted | null> {
  const params = await inSteps(t('Hold Down'), async (steps) => ({
    filter: await askAim(context, tree, steps, rows),
    fault: await askFault(steps),
    forMs: await askDuration(steps, 0),
    detach: false,
  }));
  const matching = async () =>
    (await listMatching(await context.link.connect(), params.filter)).filter(
      (socket) => isConnection(socket) && !socket.lifeline,
    );
  const confirm = async (now: readonly Socket[], again: boolean) => {
    const agent = await context.link.agent();
    const button = agent ? t('Hold Down') : t('Start Agent and Hold Down');
    await confirmAct(askedAgain(t, outageQuestion(t, params, now), again), button, agent === undefined);
    return true;
  };
  return untilAgreed({ matching, confirm, params }, start);
}
