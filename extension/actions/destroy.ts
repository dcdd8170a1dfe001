/** Destroy Connection and Destroy All Connections: name the targets, predict, ask once, act, say what happened. */

import * as vscode from 'vscode';
import {
  type DestroyedSocket,
  destroySockets,
  limits,
  planDestroy,
  type Socket,
  targetOf,
} from '../../agent/protocol';
import { commands, settings, viewId } from '../base/ids';
import type { Connection } from '../connection/connection';
import { Cancelled, type Context } from '../context';
import { chosenNodes } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { hasEnded, isConnection, isListener, socketKey } from '../tree/sockets';
import type { Node } from '../tree/view-window';
import { withHeldConnection } from './act';
import { isTried, logLine, type Planned, question, refusal, report } from './destroy-text';
import { type Launcher, needsAgentText } from './launch';
import { pickSocket } from './socket-pick';

const t = vscode.l10n.t;

export interface Destroyer {
  /** Names them, asks once, destroys them and says what happened. `preface` is said first in the question. */
  destroy(sockets: readonly Socket[], preface?: string): Promise<readonly DestroyedSocket[]>;
}

export function activate(context: Context, tree: SocketTree, launcher: Launcher): Destroyer {
  const run = (sockets: readonly Socket[], preface?: string) =>
    withHeldConnection(context, tree, () => destroy(context, launcher, sockets, preface));
  const act = async (node?: Node, nodes?: readonly Node[]) =>
    run(await targetsOf(tree, chosenNodes(tree, node, nodes)));
  context.command(commands.destroyConnection, async (node?: Node, nodes?: readonly Node[]) =>
    chosenNodes(tree, node, nodes).length > 0 ? act(node, nodes) : run([await pickSocket(context)]),
  );
  context.command(commands.destroyAll, act);
  return { destroy: run };
}

/** Rows as they were chosen, listening ones too; of groups all their connections, also those not shown. Each socket once. */
async function targetsOf(tree: SocketTree, nodes: readonly Node[]): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (const node of nodes) {
    if (node.kind === 'socket' && !hasEnded(node.row)) sockets.push(node.row.socket);
    if (node.kind === 'group') sockets.push(...(await tree.live.socketsOf(node.id)).filter(isConnection));
  }
  return [...new Map(sockets.map((socket) => [socketKey(socket), socket])).values()];
}

/** The whole way from targets to the report. */
async function destroy(
  context: Context,
  launcher: Launcher,
  sockets: readonly Socket[],
  preface?: string,
): Promise<readonly DestroyedSocket[]> {
  if (sockets.length === 0)
    throw new Error(
      t('There is no connection to destroy here. A listening socket is chosen by its own row.'),
    );
  const includeListeners = sockets.some(isListener);
  const agent = await context.link.agent();
  const all = await plan(agent ?? (await context.link.connect()), sockets, includeListeners);
  const tried = all.filter((one) => isTried(one) || (!agent && mayBeInScopeLater(one)));
  if (tried.length === 0)
    throw new Error(agent ? refusal(t, all) : `${refusal(t, all)} ${agentSeesMore(all)}`.trim());
  await confirm(all, tried, agent !== undefined, preface);
  // Only what the question named: an agent may see more than the observer that the question came from.
  const asked = tried.map(({ socket }) => socket);
  const acted = await act(agent ?? (await startFor(launcher)), asked, includeListeners);
  const results = [...acted, ...all.filter((one) => !tried.includes(one)).map(leftAlone)];
  for (const result of results) context.log.info(`destroy ${logLine(result)}`);
  const { kind, message } = report(t, results);
  void context.toast(kind, message);
  return results;
}

async function startFor(launcher: Launcher): Promise<Connection> {
  try {
    return await launcher.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why} ${t('Nothing was destroyed.')}`);
  }
}

/** The observer predicts for the scope `mine`, but the agent to be started may get `all`. */
function mayBeInScopeLater({ plan }: Planned): boolean {
  return plan.act === 'denied' && vscode.workspace.getConfiguration().get(settings.agentScope) === 'all';
}

/** Where the observer could not see whose a socket is, the agent may decide otherwise. */
function agentSeesMore(all: readonly Planned[]): string {
  const unseen = all.some(({ socket }) => socket.owners.length === 0 && socket.inode !== '0');
  return unseen ? t('The agent sees more: start it and try again.') : '';
}

async function plan(
  connection: Connection,
  sockets: readonly Socket[],
  includeListeners: boolean,
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (const part of portions(sockets)) {
    const { plan } = await connection.request(planDestroy, { targets: part.map(targetOf), includeListeners });
    planned.push(...part.flatMap((socket, index) => (plan[index] ? [{ socket, plan: plan[index] }] : [])));
  }
  return planned;
}

async function act(
  agent: Connection,
  sockets: readonly Socket[],
  includeListeners: boolean,
): Promise<readonly DestroyedSocket[]> {
  const results: DestroyedSocket[] = [];
  try {
    await vscode.window.withProgress({ location: { viewId } }, async () => {
      for (const part of portions(sockets)) {
        const answer = await agent.request(destroySockets, { targets: part.map(targetOf), includeListeners });
        results.push(...answer.results);
      }
    });
  } catch (error) {
    if (agent.open) throw error;
    throw new Error(
      t(
        'The agent went away before it answered, so what was destroyed is not known. The list shows what is left.',
      ),
    );
  }
  return results;
}

/** The result of a socket that was not asked for, in the plan's words. */
function leftAlone({ socket, plan: { act, message } }: Planned): DestroyedSocket {
  const outcome = act === 'destroy' || act === 'reset' ? 'failed' : act;
  return { ...targetOf(socket), outcome, engine: null, errno: null, message };
}

/** One modal at most; rejects with Cancelled. */
async function confirm(
  all: readonly Planned[],
  tried: readonly Planned[],
  agentRuns: boolean,
  preface?: string,
): Promise<void> {
  if (agentRuns && !needsConfirmation(all)) return;
  const { message, detail } = question(t, all, tried, preface);
  const button = agentRuns ? t('Destroy') : t('Start Agent and Destroy');
  const choice = await vscode.window.showWarningMessage(
    message,
    { modal: true, detail: agentRuns ? detail : `${detail}\n\n${needsAgentText()}` },
    button,
  );
  if (choice !== button) throw new Cancelled();
}

function needsConfirmation(all: readonly Planned[]): boolean {
  const [first, second] = all;
  if (!first || second || isListener(first.socket) || first.plan.listener) return true;
  return vscode.workspace.getConfiguration().get(settings.confirmSingleDestroy, true);
}

function* portions(sockets: readonly Socket[]): Generator<readonly Socket[]> {
  for (let start = 0; start < sockets.length; start += limits.targets)
    yield sockets.slice(start, start + limits.targets);
}
