/** A quick pick of sockets, for commands that are run without a row. */

import * as vscode from 'vscode';
import { formatTuple, type Socket } from '../../agent/protocol';
import { forQuickPick, withArrow } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { ownersText } from '../tree/socket-text';

const t = vscode.l10n.t;

interface Choices {
  readonly title: string;
  /** Absent: every socket. */
  readonly filter?: string;
  readonly accepts: (socket: Socket) => boolean;
  /** The first line, for another way to choose. */
  readonly other?: string;
}

interface Item extends vscode.QuickPickItem {
  readonly socket?: Socket;
}

/** Undefined: the other way. Rejects with Cancelled. */
export async function pickSocket(context: Context, choices: Choices): Promise<Socket | undefined> {
  const choice = await vscode.window.showQuickPick(items(context, choices), {
    title: choices.title,
    placeHolder: t('Address, port or process'),
    matchOnDescription: true,
  });
  if (!choice) throw new Cancelled();
  return choice.socket;
}

/** Grouped by owner, each group under a separator with the owner's name. */
async function items(context: Context, { filter = '', accepts, other }: Choices): Promise<Item[]> {
  const byHolder = new Map<string, Socket[]>();
  for (const socket of await listMatching(await context.link.connect(), filter)) {
    if (!accepts(socket)) continue;
    const holder = ownersText(t, socket);
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), socket]);
  }
  const found = [...byHolder].flatMap(([holder, sockets]) => [
    { label: forQuickPick(holder), kind: vscode.QuickPickItemKind.Separator },
    ...sockets.map((socket) => item(socket, holder)),
  ]);
  return other === undefined ? found : [{ label: other }, ...found];
}

function item(socket: Socket, holder: string): Item {
  const description = forQuickPick(`${socket.protocol} ${socket.state} · ${holder}`);
  return { label: withArrow(formatTuple(socket)), description, socket };
}
