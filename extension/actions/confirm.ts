/** The one modal before an act that may have to start the agent. */

import * as vscode from 'vscode';
import { Cancelled } from '../context';
import type { Question } from './destroy-text';
import { needsAgentText } from './launch';

/** `yes` where the agent runs, else `start`. Rejects with Cancelled. */
export async function confirmAct(
  { message, detail }: Question,
  agentRuns: boolean,
  { yes, start }: { readonly yes: string; readonly start: string },
): Promise<void> {
  const button = agentRuns ? yes : start;
  const whole = agentRuns ? detail : `${detail}\n\n${needsAgentText()}`;
  const choice = await vscode.window.showWarningMessage(message, { modal: true, detail: whole }, button);
  if (choice !== button) throw new Cancelled();
}
