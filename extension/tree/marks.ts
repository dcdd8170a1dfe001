/** New, changed and closed rows in colour: VS Code colours a row by the decoration of its resource. */

import * as vscode from 'vscode';
import type { Mark } from '../../agent/protocol';
import { markColors } from '../base/ids';
import type { Context } from '../context';

const scheme = 'sockscope-mark';

/** The same for all rows with the mark: it contains nothing about the socket. */
export function markUri(mark: Mark): vscode.Uri {
  return vscode.Uri.from({ scheme, path: mark });
}

export function activate(context: Context): void {
  context.disposables.add(
    vscode.window.registerFileDecorationProvider({
      provideFileDecoration: ({ scheme: of, path }) => {
        const color = of === scheme ? markColors[path as Mark] : undefined;
        return color
          ? new vscode.FileDecoration(undefined, undefined, new vscode.ThemeColor(color))
          : undefined;
      },
    }),
  );
}
