/** The other end of a connection, when it is on this machine: go to its row, or destroy it there. */

import * as vscode from 'vscode';
import type { Peer } from '../../agent/protocol';
import { commands } from '../base/ids';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { revealSocket } from '../tree/reveal-socket';
import { chosenNodes, type RowArguments, withSelection } from '../tree/selection';
import { ownersText, peerText } from '../tree/socket-text';
import type { SocketTree } from '../tree/socket-tree';
import type { SocketNode } from '../tree/view-window';
import type { Destroyer } from './destroy';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, destroyer: Destroyer): void {
  context.command(commands.goToPeer, async (...chosen: RowArguments) =>
    goTo(context, tree, peerOf(tree, chosen).peer),
  );
  const destroyAtPeer = async (...chosen: RowArguments) => {
    const { peer, row } = peerOf(tree, chosen);
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
  };
  context.command(commands.destroyAtPeer, destroyAtPeer, (chosen) => withSelection(tree, chosen));
}

function peerOf(tree: SocketTree, chosen: RowArguments): { readonly peer: Peer; readonly row: SocketNode } {
  const [row] = chosenNodes(t, tree, chosen);
  const peer = row?.kind === 'socket' ? row.row.socket.peer : null;
  if (row?.kind !== 'socket' || !peer)
    throw new Error(t('Select a connection whose other end is on this machine, in the Sockscope view.'));
  return { peer, row };
}

function goTo(context: Context, tree: SocketTree, peer: Peer): Promise<void> {
  return revealSocket(context, tree, peer, {
    name: t('The other end, {0},', peerText(t, peer)),
    gone: t('The other end is gone.'),
  });
}
