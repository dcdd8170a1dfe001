/** Degrade: for a while, a row or a filter is lossy or slow, or one connection half-open; then shows what was measured. */

import * as vscode from 'vscode';
import { untilAgreed } from '../../agent/client/until-agreed';
import { type DegradeParams, type DegradeResult, runDegrade, type Socket } from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import { confirmAct } from '../actions/confirm';
import type { Launcher } from '../actions/launch';
import { commands } from '../base/ids';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { inSteps, type Steps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { isConnection } from '../tree/sockets';
import { askAim, askEnd } from './aim';
import { askDegrading, askDirection } from './degrade-choices';
import { degradeQuestion, measuredText } from './degrade-text';
import { askDuration } from './fault-choices';
import { askedAgain } from './fault-text';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  let runs = 0;
  const run = (...given: RowArguments | [DegradeParams]) =>
    withHeldConnection(context, tree, async () => {
      const start = async (params: DegradeParams) =>
        (await launcher.start()).request(runDegrade, { ...params, degrade: ++runs });
      if (isParams(given)) return report(context, given[0], await start(given[0]));
      const params = await ask(context, tree, given);
      const result = await degradeAgreed(context, params, start);
      return result && report(context, params, result);
    });
  context.command(commands.degrade, run, (given) => (isParams(given) ? given : withSelection(tree, given)));
}

/** Other extensions and tests pass all parameters, and are not asked. */
function isParams(given: RowArguments | [DegradeParams]): given is [DegradeParams] {
  return given[0] !== undefined && 'filter' in given[0];
}

function ask(context: Context, tree: SocketTree, rows: RowArguments): Promise<DegradeParams> {
  return inSteps(t('Degrade'), async (steps: Steps) => {
    const how = await askDegrading(steps);
    const aim = how.kind === 'half-open' ? askEnd : askAim;
    return {
      how,
      filter: await aim(context, tree, steps, rows),
      direction: await askDirection(steps),
      forMs: await askDuration(steps, 0),
    };
  });
}

function degradeAgreed(
  context: Context,
  params: DegradeParams,
  start: (params: DegradeParams) => Promise<DegradeResult>,
): Promise<DegradeResult | null> {
  const matching = async () =>
    (await listMatching(await context.link.connect(), params.filter)).filter(
      (socket) => isConnection(socket) && !socket.lifeline,
    );
  const confirm = async (now: readonly Socket[], again: boolean) => {
    const agent = await context.link.agent();
    const button = agent ? t('Degrade') : t('Start Agent and Degrade');
    await confirmAct(askedAgain(t, degradeQuestion(t, params, now), again), button, agent === undefined);
    return true;
  };
  return untilAgreed({ matching, confirm, params }, start);
}

function report(context: Context, params: DegradeParams, result: DegradeResult): DegradeResult {
  const { how } = params;
  const text = measuredText(t, params, result);
  context.log.info(`degrade ${result.outage.id}: ${text}${how.kind === 'loss' ? ` Seed ${how.seed}.` : ''}`);
  context.toast('info', text);
  return result;
}
