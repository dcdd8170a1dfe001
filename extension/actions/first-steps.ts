/** Opens the walkthrough, which the workbench itself opens once after the installation. */

import * as vscode from 'vscode';
import { commands, walkthroughId } from '../base/ids';
import type { Context } from '../context';

export function activate(context: Context): void {
  context.command(commands.firstSteps, () =>
    vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${context.extension.extension.id}#${walkthroughId}`,
      false,
    ),
  );
}
