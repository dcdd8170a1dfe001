/**
 * Pages of an extension host that has ended, in a window that lives on: nobody answers them, and a drill would run on there for ever. After
 * a reload of the window, the editor revives its page itself.
 */

import * as vscode from 'vscode';
import { memory } from '../../base/ids';

/** Closes them; resolves with true if there was one. `state`: of the workspace; it keeps the session of the window. */
export async function closeOrphans(state: vscode.Memento, panelType: string): Promise<boolean> {
  const { sessionId } = vscode.env;
  const before = state.get(memory.session);
  await state.update(memory.session, sessionId);
  if (before !== sessionId) return false;
  const orphans = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(panelType));
  return orphans.length > 0 && vscode.window.tabGroups.close(orphans, true);
}
