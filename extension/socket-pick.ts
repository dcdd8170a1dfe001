/** Chooses a socket from a quick pick, for commands that are run without a row. */

import * as vscode from 'vscode';
import { formatTuple, type Socket } from '../agent/protocol';
import { Cancelled, type Context } from './context';
import { isLocked, SocketModel } from './socket-model';
import { listAll } from './socket-store';
import { groupLabel, ownersText } from './socket-text';
import { forQuickPick } from './text';

const t = vscode.l10n.t;

interface Item extends vscode.QuickPickItem {
  readonly socket?: Socket;
}

export async function pickSocket(context: Context): Promise<Socket> {
  const choice = await vscode.window.showQuickPick(items(context), {
    title: t('Destroy Connection'),
    placeHolder: t('Address, port or process of the connection'),
    matchOnDescription: true,
  });
  if (!choice?.socket) throw new Cancelled();
  return choice.socket;
}

async function items(context: Context): Promise<Item[]> {
  const model = new SocketModel('process');
  model.update((await listAll(await context.link.connect(), '')).filter((socket) => !isLocked(socket)));
  return model.roots.flatMap((group) => [
    { label: groupLabel(t, group.subject), kind: vscode.QuickPickItemKind.Separator },
    ...group.sockets.map(({ socket }) => ({
      label: formatTuple(socket),
      description: forQuickPick(`${socket.protocol} ${socket.state} · ${ownersText(t, socket)}`),
      socket,
    })),
  ]);
}
