/** The agent, for what only it can do. */

import * as vscode from 'vscode';
import type { Connection } from '../connection/connection';
import type { Context } from '../context';
import { confirmAct } from './confirm';
import type { Launcher } from './launch';

/** Started after this question where none runs. Rejects with Cancelled. */
export async function requireAgent(
  { link }: Context,
  launcher: Launcher,
  question: string,
): Promise<Connection> {
  const agent = await link.agent();
  if (agent) return agent;
  await confirmAct({ message: question, detail: '' }, vscode.l10n.t('Start Agent'), true);
  return launcher.start();
}
