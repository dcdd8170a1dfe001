/** The modal question before an act. */

import * as vscode from 'vscode';
import { unbroken } from './text';

interface Question {
  readonly message: string;
  readonly detail: string;
}

/** Resolves with the button that was chosen; undefined: none. */
export function askModal(
  { message, detail }: Question,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  const options = { modal: true, detail: unbroken(detail) };
  return vscode.window.showWarningMessage(unbroken(message), options, ...buttons);
}
