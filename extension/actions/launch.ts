/** Starts the agent through sudo in a terminal that shows the command, and stops it. Never starts it unasked. */

import * as vscode from 'vscode';
import { hasEnded } from '../../agent/client/has-ended';
import { type Launch, launchOf } from '../../agent/client/installed-copy';
import { ownUid } from '../../agent/client/served-uid';
import { startProblem } from '../../agent/client/start-problem';
import { agentStop } from '../../agent/protocol';
import { askModal } from '../base/ask-modal';
import { commands, settings } from '../base/ids';
import { copyOf, isRoot, startProblemAdvice, startProblemReason } from '../base/sudo';
import type { SkewedAgent } from '../connection/agent-link';
import type { Connection } from '../connection/connection';
import { Cancelled, type Context, NotStarted } from '../context';
import type { SocketTree } from '../tree/socket-tree';
import { AgentTerminal } from './agent-terminal';
import { giveBackFocus } from './give-back-focus';
import { askForUpdate, offerInstall } from './installed-agent';
import { commandsOf, forRoot, type LaunchOptions, serveWords, shellText } from './launch-command';

const t = vscode.l10n.t;

export interface Launcher {
  /** The running agent, or a new one; rejects with what to do next. Many callers wait for the same start. */
  start(): Promise<Connection>;
  /** A new agent, in the place of one that runs, which its user has agreed to end. */
  restart(): Promise<Connection>;
}

export function activate(context: Context, tree: SocketTree): Launcher {
  let starting: Promise<Connection> | undefined;
  const start = (restart = askToRestart) => {
    starting ??= startAgent(context, tree, restart).finally(() => {
      starting = undefined;
    });
    return starting;
  };
  context.command(commands.startAgent, async () => {
    await start();
  });
  context.command(commands.stopAgent, () => stopAgent(context));
  noticeSkew(context, start);
  return {
    start: () => start(),
    restart: async () => {
      await endAgent(context);
      return start();
    },
  };
}

type AgreeToRestart = (skewed: SkewedAgent) => Promise<void>;

/** Says once of each agent with another protocol number that it is not used, and offers to restart that one. */
function noticeSkew(context: Context, start: (restart: AgreeToRestart) => Promise<unknown>): void {
  let noticed: string | undefined;
  const notice = () => {
    const { skewed } = context.link;
    if (skewed?.file === noticed) return;
    noticed = skewed?.file;
    if (!skewed) return;
    const run = () =>
      start(async (current) => {
        if (current.file !== skewed.file) await askToRestart(current);
      });
    void context.toast('warning', skewed.text, [{ title: restartTitle(), run }]);
  };
  context.disposables.add(context.link.onDidChange(notice));
}

export function restartTitle(): string {
  return t('Restart Agent');
}

/** Rejects with Cancelled. Whoever starts the agent has not agreed to end one that others may use. */
async function askToRestart({ text }: SkewedAgent): Promise<void> {
  const detail = t('It ends with the drills and outages that it runs. {0}', startsInTerminal());
  const choice = await askModal({ message: text, detail }, restartTitle());
  if (choice !== restartTitle()) throw new Cancelled();
}

async function startAgent(context: Context, tree: SocketTree, restart: AgreeToRestart): Promise<Connection> {
  const held = context.link.hold();
  try {
    const agent = await context.link.agent();
    if (agent) return agent;
    const { refusal, skewed } = context.link;
    if (refusal !== null) throw new Error(t('The agent cannot be used: {0}. Put that right first.', refusal));
    // Before an agent is ended that could not be started again.
    const launch = await chooseLaunch(context);
    if (skewed) {
      await restart(skewed);
      // While the question was open, another may have taken its place.
      if ((await context.link.agent()) || context.link.skewed?.file !== skewed.file)
        return await startAgent(context, tree, askToRestart);
      await endAgent(context);
    }
    return await runLaunch(context, tree, launch);
  } finally {
    held.dispose();
  }
}

/**
 * Throws NotStarted, with a command for another terminal, where sudo cannot work, and StartFailure. Rejects with Cancelled.
 */
async function chooseLaunch({ program, link }: Context): Promise<Launch> {
  const words = serveWords(launchOptions());
  const launch = launchOf(program, words);
  if (link.startFailure && launch.kind !== 'installed') throw link.startFailure;
  const problem = startProblem();
  if (!problem) return launch.kind === 'outdated' ? askForUpdate(program, words, launch) : launch;
  const commands = commandsOf(launch);
  const elsewhere = problem === 'barred' ? commands : commands.map((command) => forRoot(command, ownUid()));
  throw new NotStarted(startProblemAdvice(t, problem), copyOf(t, shellText(elsewhere), problem));
}

async function runLaunch(context: Context, tree: SocketTree, launch: Launch): Promise<Connection> {
  const startCommands = commandsOf(launch);
  context.log.info(`agent: ${shellText(startCommands)}`);
  const before = vscode.window.activeTerminal;
  const opened = new AgentTerminal(startCommands, {
    reason: reason(),
    failure: t('The agent was not started'),
  });
  try {
    // Also another agent, such as one that was started by hand meanwhile.
    const agent = await opened.until(() => context.link.agent());
    await giveBackFocus(tree, opened.terminal);
    // It no longer covers the terminal that the user was watching.
    if (before?.exitStatus === undefined && vscode.window.activeTerminal === opened.terminal)
      before?.show(true);
    if (launch.kind === 'writable') offerInstall(context);
    return agent;
  } finally {
    opened.dispose();
  }
}

/** For a dialog before the terminal opens. */
export function needsAgentText(): string {
  const problem = startProblem();
  if (problem) return `${t('It needs the agent.')} ${startProblemReason(t, problem)}`;
  return isRoot()
    ? t('It needs the agent, which starts in a terminal.')
    : t('It needs the agent: a terminal opens in which sudo asks for your password.');
}

function startsInTerminal(): string {
  return isRoot()
    ? t('The new one starts in a terminal.')
    : t('For the new one, a terminal opens in which sudo asks for your password.');
}

/** Shown in the terminal. */
function reason(): string {
  return t(
    'Sockscope starts its agent, which sees the sockets of all processes and asks the kernel to destroy the ones you choose. It needs root for that, hands the work to a small broker, and goes on without any rights.',
  );
}

function launchOptions(): LaunchOptions {
  const configuration = vscode.workspace.getConfiguration();
  return {
    scopeAll: configuration.get(settings.agentScope) === 'all',
    readOnly: configuration.get(settings.agentReadOnly) === true,
    idleExit: configuration.get(settings.agentIdleExit, ''),
  };
}

async function stopAgent(context: Context): Promise<void> {
  const ended = await endAgent(context);
  void vscode.window.showInformationMessage(
    ended ? t('The agent was stopped.') : t('No agent of yours is running.'),
  );
}

/** Also one of another protocol number. Resolves with true once it has ended, with false where none runs. */
async function endAgent(context: Context): Promise<boolean> {
  const agent = await context.link.anyAgent();
  if (!agent) return false;
  try {
    await agent.request(agentStop, {}).catch((error: unknown) => {
      if (agent.open) throw error; // it may end before its answer is out
    });
    if (await hasEnded(agent.info.pid)) return true;
    throw new Error(t('The agent (pid {0}) was asked to stop but still runs.', String(agent.info.pid)));
  } finally {
    agent.dispose();
  }
}
