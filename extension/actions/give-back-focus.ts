/** Where the focus goes from a terminal of the agent that has done its work. VS Code does not say where it was. */

import * as vscode from 'vscode';
import { viewId } from '../base/ids';
import type { SocketTree } from '../tree/socket-tree';

/** To the rows that were acted on; without any, to the editor. Where the user has gone to another terminal, it stays there. */
export async function giveBackFocus(
  tree: Pick<SocketTree, 'selection'>,
  from: vscode.Terminal,
): Promise<void> {
  const { activeTerminal } = vscode.window;
  if (activeTerminal && activeTerminal !== from) return;
  const place = tree.selection.length > 0 ? `${viewId}.focus` : 'workbench.action.focusActiveEditorGroup';
  await vscode.commands.executeCommand(place);
}
