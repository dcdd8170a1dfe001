/** Where the focus goes from a terminal of the agent that has done its work. VS Code does not say where it was. */

import * as vscode from 'vscode';
import { viewId } from '../base/ids';
import type { SocketTree } from '../tree/socket-tree';

/** To the Sockets view, whose menus do not select their rows; where it is hidden, to the editor. In another terminal, it stays. */
export async function giveBackFocus(
  tree: Pick<SocketTree, 'isVisible'>,
  from: vscode.Terminal,
): Promise<void> {
  const { activeTerminal } = vscode.window;
  if (activeTerminal && activeTerminal !== from) return;
  const place = tree.isVisible ? `${viewId}.focus` : 'workbench.action.focusActiveEditorGroup';
  await vscode.commands.executeCommand(place);
}
