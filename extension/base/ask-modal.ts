/** Modal dialogs. Each text of them goes through here, so that no number is parted from its unit. */

import * as vscode from 'vscode';
import { unbroken } from './text';

interface Dialog {
  readonly message: string;
  readonly detail: string;
}

/** Before an act. Resolves with the button that was chosen; undefined: none. */
export function askModal(dialog: Dialog, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(...modal(dialog), ...buttons);
}

/** Where nothing is lost. Resolves as `askModal` does. */
export function informModal(dialog: Dialog, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(...modal(dialog), ...buttons);
}

function modal({ message, detail }: Dialog): [string, vscode.MessageOptions] {
  return [unbroken(message), { modal: true, detail: unbroken(detail) }];
}
