/** Reveals the row of a socket, wherever a command found it. */

import * as vscode from 'vscode';
import type { SocketId } from '../../agent/protocol';
import { commands, viewId } from '../base/ids';
import { forNotification } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import type { SocketTree } from './socket-tree';
import type { SocketNode } from './view-window';

const t = vscode.l10n.t;

/**
 * Selects the row. Where Show or Filter hides it, asks before it changes them. `name`: what is searched for. Throws with `gone` where the
 * socket is closed.
 */
export async function revealSocket(
  context: Context,
  tree: SocketTree,
  socket: SocketId,
  { name, gone }: { readonly name: string; readonly gone: string },
): Promise<void> {
  await vscode.commands.executeCommand(`${viewId}.focus`);
  const find = async () => {
    // It may be newer than the view's last update.
    await tree.live.refresh();
    return tree.live.find(socket);
  };
  let row: SocketNode | undefined = (await tree.live.find(socket)) ?? (await find());
  while (!row) {
    if (!(await isThere(context, socket))) throw new Error(gone);
    await offerToShow(tree, name);
    row = await find();
  }
  await tree.reveal(row);
}

async function isThere(context: Context, { cookie, netns }: SocketId): Promise<boolean> {
  return (await listMatching(await context.link.connect(), `cookie:${cookie} net:${netns}`)).length > 0;
}

/** Rejects with Cancelled. */
async function offerToShow(tree: SocketTree, name: string): Promise<void> {
  const { filter, show } = tree.live.choices;
  const everything = t('Show Everything');
  const noFilter = t('Clear Filter');
  const offers = [...(show === 'everything' ? [] : [everything]), ...(filter === '' ? [] : [noFilter])];
  const choice = await vscode.window.showInformationMessage(
    forNotification(t('{0} is not among the sockets that this view shows.', name)),
    ...offers,
  );
  if (choice === undefined) throw new Cancelled();
  await vscode.commands.executeCommand(
    choice === everything ? commands.showEverything : commands.clearFilter,
  );
}
