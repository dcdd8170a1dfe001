/** A quick pick of sockets, for commands that are run without a row. */

import * as vscode from 'vscode';
import { ownUid } from '../../agent/client/served-uid';
import { formatTuple, type Socket } from '../../agent/protocol';
import { forQuickPick, withArrow } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import type { Context } from '../context';
import { type Choice, inSteps, type Steps } from '../steps';
import { ownersText } from '../tree/socket-text';
import { ownFirst } from '../tree/sockets';

const t = vscode.l10n.t;

interface Choices {
  /** Absent: every socket. */
  readonly filter?: string;
  readonly accepts: (socket: Socket) => boolean;
  /** The first line, for another way to choose. */
  readonly other?: string;
}

/** Rejects with Cancelled. */
export function pickSocket(
  context: Context,
  { title, ...choices }: Choices & { readonly title: string },
): Promise<Socket | undefined> {
  return inSteps(title, (steps) => askSocket(context, steps, { ...choices, more: 0 }));
}

/** Undefined: the other way. */
export function askSocket(
  context: Context,
  steps: Steps,
  { more, ...choices }: Choices & { readonly more: number },
): Promise<Socket | undefined> {
  return steps.choose({ placeHolder: t('Address, port or process'), items: items(context, choices), more });
}

/** Grouped by owner, each group under a separator with the owner's name; one's own come first. */
async function items(
  context: Context,
  { filter = '', accepts, other }: Choices,
): Promise<Choice<Socket | undefined>[]> {
  const byHolder = new Map<string, Socket[]>();
  const found = await listMatching(await context.link.connect(), filter);
  for (const socket of ownFirst(found.filter(accepts), ownUid())) {
    const holder = ownersText(t, socket);
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), socket]);
  }
  const lines = [...byHolder].flatMap(([holder, sockets]) => [
    { label: forQuickPick(holder), kind: vscode.QuickPickItemKind.Separator, value: undefined },
    ...sockets.map((socket) => item(socket, holder)),
  ]);
  return other === undefined ? lines : [{ label: other, value: undefined }, ...lines];
}

function item(socket: Socket, holder: string): Choice<Socket> {
  const description = forQuickPick(`${socket.protocol} ${socket.state} · ${holder}`);
  return { label: withArrow(formatTuple(socket)), description, value: socket };
}
