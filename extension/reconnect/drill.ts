/** Drill Reconnect: cuts the connections of a row or a filter, round by round, and shows the reconnects on the timeline. */

import * as vscode from 'vscode';
import { isDrilled } from '../../agent/client/drill-summary';
import { untilAgreed } from '../../agent/client/until-agreed';
import {
  type DrillEvent,
  type DrillParams,
  type DrillResult,
  drillProgress,
  runDrill,
  type Socket,
} from '../../agent/protocol';
import { withHeldConnection } from '../actions/act';
import { confirmAct } from '../actions/confirm';
import type { Launcher } from '../actions/launch';
import { commands } from '../base/ids';
import type { Connection } from '../connection/connection';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { inSteps } from '../steps';
import { type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { askAim } from './aim';
import { askDrill } from './fault-choices';
import { askedAgain, drillQuestion, drillSummary, unfinishedText } from './fault-text';
import type { Timeline } from './timeline/timeline';
import type { Unfinished } from './unfinished';

const t = vscode.l10n.t;

export function activate(
  context: Context,
  tree: SocketTree,
  launcher: Launcher,
  timeline: Timeline,
  unfinished: Unfinished,
): void {
  const drills = new Drills(context, timeline, unfinished);
  const run = (...given: RowArguments | [DrillParams]) =>
    withHeldConnection(context, tree, async () => {
      const start = async (params: DrillParams) => drills.run(await launcher.start(), params);
      return isParams(given) ? start(given[0]) : askAndRun(context, tree, given, start);
    });
  context.command(commands.drill, run, (given) => (isParams(given) ? given : withSelection(tree, given)));
}

/** Other extensions and tests pass all parameters, and are not asked. */
function isParams(given: RowArguments | [DrillParams]): given is [DrillParams] {
  return given[0] !== undefined && 'filter' in given[0];
}

async function askAndRun(
  context: Context,
  tree: SocketTree,
  rows: RowArguments,
  run: (params: DrillParams) => Promise<DrillResult>,
): Promise<DrillResult | null> {
  const params = await inSteps(t('Drill Reconnect'), async (steps) => ({
    filter: await askAim(context, tree, steps, rows),
    ...(await askDrill(steps)),
  }));
  const matching = async () =>
    (await listMatching(await context.link.connect(), params.filter)).filter(isDrilled);
  const confirm = async (now: readonly Socket[], again: boolean) => {
    const agent = await context.link.agent();
    const button = agent ? t('Drill') : t('Start Agent and Drill');
    await confirmAct(askedAgain(t, drillQuestion(t, params, now), again), button, agent === undefined);
    return true;
  };
  return untilAgreed({ matching, confirm, params }, run);
}

class Drills {
  readonly #context: Context;
  readonly #timeline: Timeline;
  readonly #unfinished: Unfinished;
  #nextDrill = 1;
  readonly #listeners = new Map<number, (event: DrillEvent) => void>();
  /** Has the handler already: a connection takes one for each method. */
  #subscribed: Connection | undefined;

  constructor(context: Context, timeline: Timeline, unfinished: Unfinished) {
    this.#context = context;
    this.#timeline = timeline;
    this.#unfinished = unfinished;
  }

  async run(agent: Connection, params: DrillParams): Promise<DrillResult> {
    const drill = this.#nextDrill++;
    const source = new vscode.CancellationTokenSource();
    const entry = this.#unfinished.add(unfinishedText(t, params));
    const run = this.#timeline.begin(params, () => source.cancel());
    this.#listenTo(agent);
    this.#listeners.set(drill, (event) => run.take(event));
    try {
      const result = await agent.request(runDrill, { ...params, drill }, source.token);
      run.finish(result);
      this.#report(result);
      return result;
    } catch (error) {
      run.break();
      throw error;
    } finally {
      entry.dispose();
      this.#listeners.delete(drill);
      source.dispose();
    }
  }

  #listenTo(agent: Connection): void {
    if (this.#subscribed === agent) return;
    this.#subscribed = agent;
    agent.onNotification(drillProgress, ({ drill, event }) => this.#listeners.get(drill)?.(event));
  }

  #report(result: DrillResult): void {
    const { target, rounds, summary } = result;
    const text = drillSummary(t, result);
    this.#context.log.info(`drill ${target}: ${text}`);
    this.#context.toast(summary.recovered === rounds.length ? 'info' : 'warning', text);
  }
}
