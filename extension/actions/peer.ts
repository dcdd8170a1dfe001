/** The other end of a connection, when it is on this machine: go to its row, or destroy it there. */

import * as vscode from 'vscode';
import type { Peer } from '../../agent/protocol';
import { commands } from '../base/ids';
import { forNotification } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { chosenNodes } from '../tree/selection';
import { ownersText, peerText } from '../tree/socket-text';
import type { SocketTree } from '../tree/socket-tree';
import type { Node, SocketNode } from '../tree/view-window';
import type { Destroyer } from './destroy';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, destroyer: Destroyer): void {
  context.command(commands.goToPeer, async (node?: Node) => goTo(context, tree, peerOf(tree, node).peer));
  context.command(commands.destroyAtPeer, async (node?: Node) => {
    const { peer, row } = peerOf(tree, node);
    const [socket] = await listMatching(
      await context.link.connect(),
      `cookie:${peer.cookie} net:${peer.netns}`,
    );
    if (!socket) throw new Error(t('The other end is gone.'));
    const program = ownersText(t, row.row.socket);
    return destroyer.destroy(
      [socket],
      t('Abort at the peer: {0} sees ECONNRESET, as in a real outage.', program),
    );
  });
}

function peerOf(tree: SocketTree, node?: Node): { readonly peer: Peer; readonly row: SocketNode } {
  const [row] = chosenNodes(tree, node);
  const peer = row?.kind === 'socket' ? row.row.socket.peer : null;
  if (row?.kind !== 'socket' || !peer)
    throw new Error(t('Select a connection whose other end is on this machine, in the Sockscope view.'));
  return { peer, row };
}

async function goTo(context: Context, tree: SocketTree, peer: Peer): Promise<void> {
  const row = (await tree.live.find(peer)) ?? (await findAfterAll(context, tree, peer));
  await tree.reveal(row);
}

/** Offers to show everything, or to clear the filter, where the peer exists but its row is hidden. */
async function findAfterAll(context: Context, tree: SocketTree, peer: Peer): Promise<SocketNode> {
  const { filter, show } = tree.live.choices;
  const [there] = await listMatching(await context.link.connect(), `cookie:${peer.cookie} net:${peer.netns}`);
  if (!there) throw new Error(t('The other end is gone.'));
  const everything = t('Show Everything');
  const noFilter = t('Clear Filter');
  const offers = [...(show === 'everything' ? [] : [everything]), ...(filter === '' ? [] : [noFilter])];
  const choice = await vscode.window.showInformationMessage(
    forNotification(
      t('The other end, {0}, is not among the sockets that this view shows.', peerText(t, peer)),
    ),
    ...offers,
  );
  if (choice === undefined) throw new Cancelled();
  if (choice === everything) await vscode.commands.executeCommand(commands.showEverything);
  else await vscode.commands.executeCommand(commands.clearFilter);
  return (await tree.live.find(peer)) ?? findAfterAll(context, tree, peer);
}
