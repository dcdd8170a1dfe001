/**
 * The installed copy of the agent, which only root can change: installs it in a terminal, offers that once, and asks before anything
 * else is started where it does not fit. agent/client/installed-copy.ts prefers it.
 */

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { findInstalledCopy, installCommand, type Launch, launchOf } from '../../agent/client/installed-copy';
import { startProblem } from '../../agent/client/start-problem';
import { commandText } from '../../agent/common/command-text';
import { copyManifest, installFolder } from '../../agent/common/installed-files';
import { askModal, informModal } from '../base/ask-modal';
import { commands, memory } from '../base/ids';
import { copyOf, isRoot, startProblemAdvice } from '../base/sudo';
import { Cancelled, type Context, NotStarted } from '../context';
import type { SocketTree } from '../tree/socket-tree';
import { AgentTerminal } from './agent-terminal';
import { giveBackFocus } from './give-back-focus';
import { installQuestion, updateQuestion } from './installed-text';
import { commandsOf, shellText } from './launch-command';

const t = vscode.l10n.t;

/** What may follow an installation. */
interface Launcher {
  start(): Promise<unknown>;
  restart(): Promise<unknown>;
}

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  context.command(commands.installAgent, async () => {
    await install(context, tree);
    const [title, run] =
      context.link.mode === 'agent'
        ? [t('Restart Agent'), () => launcher.restart()]
        : [t('Start Agent'), () => launcher.start()];
    void context.toast(
      'info',
      t('Installed in {0}. sudo starts the agent from there from now on.', installFolder),
      [{ title, run }],
    );
  });
}

/** After a start from files that the user can write. Once: the command stays in the palette and in the menu of the view. */
export function offerInstall(context: Context): void {
  const { globalState } = context.extension;
  if (isRoot() || globalState.get(memory.installOffered)) return;
  void globalState.update(memory.installOffered, true);
  const run = () => vscode.commands.executeCommand(commands.installAgent);
  void context.toast(
    'info',
    t(
      'sudo has started the agent from files that a program of yours could change. An installed copy belongs to root alone.',
    ),
    [
      { title: t('Install Root-Owned Agent...'), run },
      { title: t('Not Now'), run: () => {} },
    ],
  );
}

/** Where the installed copy does not fit: the update, or explicitly the files of the extension. Rejects with Cancelled. */
export async function askForUpdate(
  program: string,
  words: readonly string[],
  outdated: Extract<Launch, { kind: 'outdated' }>,
): Promise<Launch> {
  const question = updateQuestion(t, outdated, commandsOf(outdated).map(commandText));
  const update = t('Update and Start');
  const writable = t('Start Writable Copy');
  const choice = await askModal(question, update, writable);
  if (choice === update) return outdated;
  if (choice === writable) return launchOf(program, words, { kind: 'absent' });
  throw new Cancelled();
}

/** Resolves when it is in place. Rejects with Cancelled or NotStarted. */
async function install(context: Context, tree: SocketTree): Promise<void> {
  const command = installCommand(context.program);
  const text = shellText([command]);
  const problem = startProblem();
  if (problem) throw new NotStarted(startProblemAdvice(t, problem), copyOf(t, text, problem));
  await askToInstall(text);
  context.log.info(`agent: ${text}`);
  const before = stamp();
  const opened = new AgentTerminal([command], {
    reason: t('Sockscope installs a copy of its agent that only root can change.'),
    failure: t('The agent was not installed'),
  });
  try {
    await opened.until(async () => stamp() !== before || undefined);
    await giveBackFocus(tree, opened.terminal);
  } finally {
    opened.dispose();
  }
}

async function askToInstall(command: string): Promise<void> {
  const button = t('Install');
  const choice = await informModal(installQuestion(t, findInstalledCopy(), command), button);
  if (choice !== button) throw new Cancelled();
}

/** Of the copy that is in place; an installation makes new files. */
function stamp(): string | undefined {
  const stats = lstatSync(join(installFolder, copyManifest), { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.ctimeMs}`;
}
