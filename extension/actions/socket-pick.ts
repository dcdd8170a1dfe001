/** A quick pick of sockets, for commands that are run without a row. */

import * as vscode from 'vscode';
import { formatTuple, type Socket } from '../../agent/protocol';
import { forQuickPick } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { ownersText } from '../tree/socket-text';
import { isLocked } from '../tree/sockets';

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

/** Grouped by owner, each group under a separator with the owner's name. */
async function items(context: Context): Promise<Item[]> {
  const byHolder = new Map<string, Socket[]>();
  for (const socket of await listMatching(await context.link.connect(), '')) {
    if (isLocked(socket)) continue;
    const holder = ownersText(t, socket);
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), socket]);
  }
  return [...byHolder].flatMap(([holder, sockets]) => [
    { label: forQuickPick(holder), kind: vscode.QuickPickItemKind.Separator },
    ...sockets.map((socket) => item(socket, holder)),
  ]);
}

function item(socket: Socket, holder: string): Item {
  const description = forQuickPick(`${socket.protocol} ${socket.state} · ${holder}`);
  return { label: formatTuple(socket), description, socket };
}
