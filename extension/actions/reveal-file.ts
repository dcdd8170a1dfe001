/** Shows a file where its user finds it. */

import * as vscode from 'vscode';
import type { Offer } from '../context';

/** None where the file is on another machine, and not in the workspace. */
export function revealOffers(file: vscode.Uri): Offer[] {
  const isLocal = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  const isInWorkspace = vscode.workspace.getWorkspaceFolder(file) !== undefined;
  if (!isLocal && !isInWorkspace) return [];
  const command = isInWorkspace ? 'revealInExplorer' : 'revealFileInOS';
  return [{ title: vscode.l10n.t('Reveal'), run: () => vscode.commands.executeCommand(command, file) }];
}
