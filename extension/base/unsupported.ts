/** On systems other than Linux, the view's welcome text and every command explain where Sockscope works. */

import * as vscode from 'vscode';
import { commands, detailsViewId, viewId } from './ids';

export function activate(extension: vscode.ExtensionContext): void {
  const nothing: vscode.TreeDataProvider<never> = {
    getChildren: () => [],
    getTreeItem: (row) => row,
  };
  for (const id of [viewId, detailsViewId])
    extension.subscriptions.push(vscode.window.registerTreeDataProvider(id, nothing));
  for (const id of Object.values(commands))
    extension.subscriptions.push(vscode.commands.registerCommand(id, explain));
}

function explain(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Sockscope works where VS Code runs its extensions on Linux: on a Linux desktop, over Remote-SSH, in WSL and in dev containers.',
    ),
  );
}
