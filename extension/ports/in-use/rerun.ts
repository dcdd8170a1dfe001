/** Runs again a command in its terminal, a task or a debug session that found its port taken. Only on request of the user. */

import * as vscode from 'vscode';
import { askModal } from '../../base/ask-modal';
import { plain } from '../../base/text';
import { Cancelled, type Offer } from '../../context';
import { rootOf } from '../window-supervisors';

const t = vscode.l10n.t;

export interface Rerun {
  /** Rejects with advice where it cannot be run again. */
  run(): Promise<void>;
}

/** The button Run Again; none without a rerun. */
export function rerunOffers(rerun: Rerun | undefined): Offer[] {
  return rerun ? [{ title: t('Run Again'), run: () => rerun.run() }] : [];
}

export function commandRerun(terminal: vscode.Terminal, execution: vscode.TerminalShellExecution): Rerun {
  return {
    run: async () => {
      const { value, isTrusted } = execution.commandLine;
      if (terminal.exitStatus !== undefined)
        throw new Error(t('Its terminal was closed. Run it again in another one: {0}', plain(value, 300)));
      if (!isTrusted) await confirmCommand(value);
      terminal.show(true);
      if (terminal.shellIntegration) terminal.shellIntegration.executeCommand(value);
      else terminal.sendText(value);
    },
  };
}

/** A program can forge a command line of shell integration, so an untrusted one is confirmed. */
async function confirmCommand(command: string): Promise<void> {
  const button = t('Run Again');
  const question = { message: t('Run this command again?'), detail: plain(command, 1000) };
  if ((await askModal(question, button)) !== button) throw new Cancelled();
}

export function taskRerun(task: vscode.Task): Rerun {
  return { run: async () => void (await vscode.tasks.executeTask(task)) };
}

export function debugRerun(session: vscode.DebugSession): Rerun {
  const { workspaceFolder, configuration, name } = rootOf(session);
  return {
    run: async () => {
      if (!(await vscode.debug.startDebugging(workspaceFolder, configuration)))
        throw new Error(t('{0} could not be started again.', plain(name)));
    },
  };
}
