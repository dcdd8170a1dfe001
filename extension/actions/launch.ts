/** Starts the agent through sudo in a terminal that shows the command, and stops it. Never starts it unasked. */

import * as vscode from 'vscode';
import { hasEnded } from '../../agent/client/has-ended';
import { ownUid } from '../../agent/client/served-uid';
import { agentStop } from '../../agent/protocol';
import { commands, settings } from '../base/ids';
import { isRoot, programPath, sudoAdvice, sudoProblem, sudoText } from '../base/sudo';
import type { SkewedAgent } from '../connection/agent-link';
import type { Connection } from '../connection/connection';
import { Cancelled, type Context, NotStarted } from '../context';
import { AgentTerminal } from './agent-terminal';
import { commandLine, commandOfRoot, type LaunchOptions, quoted } from './launch-command';

const t = vscode.l10n.t;

/** Interval of checks for the agent while its terminal waits for a password. */
const pollMs = 300;

export interface Launcher {
  /** The running agent, or a new one; rejects with what to do next. Many callers wait for the same start. */
  start(): Promise<Connection>;
}

export function activate(context: Context): Launcher {
  let starting: Promise<Connection> | undefined;
  const start = (restart = askToRestart) => {
    starting ??= startAgent(context, restart).finally(() => {
      starting = undefined;
    });
    return starting;
  };
  context.command(commands.startAgent, async () => {
    await start();
  });
  context.command(commands.stopAgent, () => stopAgent(context));
  noticeSkew(context, () => start(async () => {}));
  return { start: () => start() };
}

/** Says once of each agent with another protocol number that it is not used, and offers to restart it. */
function noticeSkew(context: Context, run: () => Promise<unknown>): void {
  let noticed: string | undefined;
  const notice = () => {
    const { skewed } = context.link;
    if (skewed?.file === noticed) return;
    noticed = skewed?.file;
    if (skewed) void context.toast('warning', skewed.text, [{ title: restartTitle(), run }]);
  };
  context.disposables.add(context.link.onDidChange(notice));
}

export function restartTitle(): string {
  return t('Restart Agent');
}

/** Rejects with Cancelled. Whoever starts the agent has not agreed to end one that others may use. */
async function askToRestart({ text }: SkewedAgent): Promise<void> {
  const detail = t('It ends with the drills and outages that it runs. {0}', startsInTerminal());
  const choice = await vscode.window.showWarningMessage(text, { modal: true, detail }, restartTitle());
  if (choice !== restartTitle()) throw new Cancelled();
}

async function startAgent(
  context: Context,
  restart: (skewed: SkewedAgent) => Promise<void>,
): Promise<Connection> {
  const held = context.link.hold();
  try {
    const agent = await context.link.agent();
    if (agent) return agent;
    // Before an agent is ended that could not be started again.
    requireSudo(context);
    const { skewed } = context.link;
    if (skewed) {
      await restart(skewed);
      await endAgent(context);
    }
    return await launch(context);
  } finally {
    held.dispose();
  }
}

/** Throws NotStarted, with a command for another terminal. */
function requireSudo({ program }: Context): void {
  const problem = sudoProblem();
  if (!problem) return;
  const options = launchOptions();
  const command =
    problem === 'barred'
      ? commandLine(program, { ...options, root: false })
      : commandOfRoot(program, options, ownUid());
  throw new NotStarted(sudoAdvice(t, problem), quoted(command));
}

async function launch(context: Context): Promise<Connection> {
  if (context.link.refusal !== null)
    throw new Error(t('The agent cannot be used: {0}. Put that right first.', context.link.refusal));
  const [name, ...rest] = commandLine(context.program, { ...launchOptions(), root: isRoot() });
  const command = quoted([name, ...rest]);
  context.log.info(`agent: ${command}`);
  const message = `${reason(name)}\r\n\r\n\x1b[1m${command}\x1b[0m\r\n`;
  // The absolute path, so that a later change of PATH changes nothing.
  const opened = new AgentTerminal([programPath(name) ?? name, ...rest], message);
  try {
    const { terminal } = opened;
    const before = vscode.window.activeTerminal;
    terminal.show();
    const agent = await untilAgentAnswers(context, opened, command);
    // It no longer covers the terminal that the user was watching.
    if (before?.exitStatus === undefined && vscode.window.activeTerminal === terminal) before?.show(true);
    return agent;
  } finally {
    opened.dispose();
  }
}

/** For a dialog before the terminal opens. */
export function needsAgentText(): string {
  const problem = sudoProblem();
  if (problem) return `${t('It needs the agent.')} ${sudoText(t, problem)}`;
  return isRoot()
    ? t('It needs the agent, which starts in a terminal.')
    : t('It needs the agent: a terminal opens in which sudo asks for your password.');
}

function startsInTerminal(): string {
  return isRoot()
    ? t('The new one starts in a terminal.')
    : t('For the new one, a terminal opens in which sudo asks for your password.');
}

/** Shown in the terminal before sudo asks. */
function reason(program: string): string {
  const why = t(
    'Sockscope starts its agent, which sees the sockets of all processes and asks the kernel to destroy the ones you choose. It needs root for that, hands the work to a small broker, and goes on without any rights.',
  );
  return program === 'sudo' ? `${why} ${t('So sudo asks for your password now.')}` : why;
}

function launchOptions(): LaunchOptions {
  const configuration = vscode.workspace.getConfiguration();
  return {
    scopeAll: configuration.get(settings.agentScope) === 'all',
    readOnly: configuration.get(settings.agentReadOnly) === true,
    idleExit: configuration.get(settings.agentIdleExit, ''),
  };
}

/** Resolves also with another agent, such as one that was started by hand meanwhile. `command`: for another terminal. */
function untilAgentAnswers(context: Context, opened: AgentTerminal, command: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const finish = () => {
      clearTimeout(timer);
      closed.dispose();
    };
    const fail = (error: NotStarted) => {
      finish();
      reject(error);
    };
    const closed = vscode.window.onDidCloseTerminal(
      (one) => one === opened.terminal && fail(closedEarly(opened, command)),
    );
    const poll = async () => {
      const agent = await context.link.agent();
      if (agent) {
        finish();
        resolve(agent);
      } else if (opened.hasFailed)
        fail(new NotStarted(t('The agent was not started: its terminal says why.')));
      else if (opened.terminal.exitStatus === undefined) timer = setTimeout(poll, pollMs);
    };
    timer = setTimeout(poll, pollMs);
  });
}

/** By its user, or by the editor, which could not open it. */
function closedEarly({ ran }: AgentTerminal, command: string): NotStarted {
  if (ran) return new NotStarted(t('The agent was not started: its terminal was closed.'));
  return new NotStarted(
    vscode.workspace.isTrusted
      ? t(
          'The agent was not started: the editor could not open its terminal. Run the command in another one.',
        )
      : t(
          'The agent was not started: the editor opened no terminal in Restricted Mode. Trust the workspace, or run the command in another terminal.',
        ),
    command,
  );
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
