/**
 * Where nothing of Sockscope works, the view's welcome text and every command explain where it does. The package for such systems
 * has this file alone.
 */

import * as vscode from 'vscode';
import { commands, contextKeys, detailsViewId, viewId } from './ids';

export function activate(extension: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', contextKeys.unsupported, true);
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
      'Sockscope works where VS Code runs its extensions on Linux, x64 or arm64, with glibc 2.28 or newer: on a Linux desktop, over Remote-SSH, in WSL and in dev containers.',
    ),
  );
}
