/** Destroy Connection and Destroy All Connections: resolve the targets, predict, ask once, destroy, report. */

import * as vscode from 'vscode';
import { destroyTargets } from '../../agent/client/destroy-all';
import { type DestroyedSocket, type Socket, targetOf } from '../../agent/protocol';
import { commands, settings, viewId } from '../base/ids';
import type { Connection } from '../connection/connection';
import { type Context, NotStarted, type Offer } from '../context';
import { chosenNodes, type RowArguments, withSelection } from '../tree/selection';
import type { SocketTree } from '../tree/socket-tree';
import { hasEnded, isConnection, isListener, isLocked, socketKey } from '../tree/sockets';
import type { Node } from '../tree/view-window';
import { withHeldConnection } from './act';
import { confirmAct } from './confirm';
import { isTried, logLine, type Planned, question, refusal, report } from './destroy-text';
import type { Launcher } from './launch';
import { mayBeInScopeLater, plan, portions } from './plan';
import { pickSocket } from './socket-pick';

const t = vscode.l10n.t;

export interface Destroyer {
  /** Asks once, destroys the sockets and reports the results. `preface` begins the question. */
  destroy(sockets: readonly Socket[], preface?: string): Promise<readonly DestroyedSocket[]>;
  /** The results of each destroy, also of sockets that it left alone. */
  readonly onDidDestroy: vscode.Event<readonly DestroyedSocket[]>;
}

export function activate(context: Context, tree: SocketTree, launcher: Launcher): Destroyer {
  const destroyed = context.disposables.add(new vscode.EventEmitter<readonly DestroyedSocket[]>());
  const run = (sockets: readonly Socket[], preface?: string) =>
    withHeldConnection(context, tree, async () => {
      const results = await destroy(context, launcher, sockets, preface);
      destroyed.fire(results);
      return results;
    });
  const act = async (...chosen: RowArguments) => run(await targetsOf(tree, chosenNodes(t, tree, chosen)));
  const settle = (chosen: RowArguments) => withSelection(tree, chosen);
  context.command(
    commands.destroyConnection,
    async (...chosen: RowArguments) =>
      chosenNodes(t, tree, chosen).length > 0 ? act(...chosen) : run(await pick(context)),
    settle,
  );
  context.command(commands.destroyListener, act, settle);
  context.command(commands.destroyAll, act, settle);
  return { destroy: run, onDidDestroy: destroyed.event };
}

async function pick(context: Context): Promise<readonly Socket[]> {
  const socket = await pickSocket(context, {
    title: t('Destroy Connection'),
    accepts: (one) => !isLocked(one),
    acts: true,
  });
  return socket ? [socket] : [];
}

/** The chosen rows, listening ones too, and all connections of the chosen groups, also those not shown. Each socket once. */
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
  const tried = all.filter((one) => isTried(one) || mayBeInScopeLater(one, agent));
  if (tried.length === 0)
    throw new Error(agent ? refusal(t, all) : `${refusal(t, all)} ${agentSeesMore(all)}`.trim());
  if (!agent || needsConfirmation(all)) {
    const button = agent ? t('Destroy') : t('Start Agent and Destroy');
    await confirmAct(question(t, all, tried, preface), button, agent === undefined);
  }
  // Only the sockets in the question: an agent may see more than the observer that the question came from.
  const confirmed = tried.map(({ socket }) => socket);
  const acted = await act(agent ?? (await startFor(launcher)), confirmed, includeListeners);
  const results = [...acted, ...all.filter((one) => !tried.includes(one)).map(leftAlone)];
  for (const result of results) context.log.info(`destroy ${logLine(result)}`);
  const deaf = confirmed.find((socket, place) => isListener(socket) && acted[place]?.outcome === 'destroyed');
  const { kind, message } = report(t, results);
  if (deaf) void context.toast('warning', message, [freeOffer(deaf), context.logOffer]);
  else void context.toast(kind, message);
  return results;
}

/** After the destroy of a listening socket: most servers live on deaf, and many keep the port and a whole CPU busy. */
function freeOffer({ local: { port } }: Socket): Offer {
  return {
    title: t('Free Port {0}', String(port)),
    run: () => vscode.commands.executeCommand(commands.freePort, port),
  };
}

async function startFor(launcher: Launcher): Promise<Connection> {
  try {
    return await launcher.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `${why} ${t('Nothing was destroyed.')}`;
    throw error instanceof NotStarted ? new NotStarted(text, error.copied) : new Error(text);
  }
}

/** A hint where the owner of a socket is not known: the agent may know it. */
function agentSeesMore(all: readonly Planned[]): string {
  const unseen = all.some(({ socket }) => socket.owners.length === 0 && socket.inode !== '0');
  return unseen ? t('The agent sees more: start it and try again.') : '';
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
        const targets = part.map(targetOf);
        results.push(...(await destroyTargets(agent, { targets, includeListeners })));
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

/** The result of a socket that was left out, in the plan's words. */
function leftAlone({ socket, plan: { act, message } }: Planned): DestroyedSocket {
  const outcome = act === 'destroy' || act === 'reset' ? 'failed' : act;
  return { ...targetOf(socket), outcome, engine: null, errno: null, message };
}

function needsConfirmation(all: readonly Planned[]): boolean {
  const [first, second] = all;
  if (!first || second || isListener(first.socket) || first.plan.listener) return true;
  return vscode.workspace.getConfiguration().get(settings.confirmSingleDestroy, true);
}
