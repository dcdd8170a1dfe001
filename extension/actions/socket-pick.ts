/** A quick pick of sockets, for commands that are run without a row. */

import * as vscode from 'vscode';
import { ownUid } from '../../agent/client/served-uid';
import { formatTuple, type Socket } from '../../agent/protocol';
import { settings } from '../base/ids';
import { forQuickPick, numberText, withArrow } from '../base/text';
import { listMatching } from '../connection/list-sockets';
import { Cancelled, type Context } from '../context';
import { type Choice, inSteps, type Steps } from '../steps';
import { ownersText } from '../tree/socket-text';
import { ownFirst } from '../tree/sockets';
import { inScope } from './plan';

const t = vscode.l10n.t;

interface Choices {
  /** Absent: every socket. */
  readonly filter?: string;
  readonly accepts: (socket: Socket) => boolean;
  /** What is picked is acted on: what the scope denies is not offered, and the last line says so. */
  readonly acts?: true;
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

/** Undefined: the other way. Rejects with Cancelled once the setting of the scope is shown. */
export async function askSocket(
  context: Context,
  steps: Steps,
  { more, ...choices }: Choices & { readonly more: number },
): Promise<Socket | undefined> {
  const lines = items(context, choices);
  const chosen = await steps.choose({ placeHolder: t('Address, port or process'), items: lines, more });
  if (chosen !== 'scope') return chosen;
  await vscode.commands.executeCommand('workbench.action.openSettings', settings.agentScope);
  throw new Cancelled();
}

/** Undefined: the other way; `scope`: the setting of the scope. */
type Picked = Socket | 'scope' | undefined;

/** Grouped by owner, each group under a separator with the owner's name; one's own come first. */
async function items(
  context: Context,
  { filter = '', accepts, acts, other }: Choices,
): Promise<Choice<Picked>[]> {
  const byHolder = new Map<string, Socket[]>();
  const found = (await listMatching(await context.link.connect(), filter)).filter(accepts);
  const ordered = ownFirst(found, ownUid());
  const offered = acts ? await inScope(context, ordered) : ordered;
  for (const socket of offered) {
    const holder = ownersText(t, socket);
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), socket]);
  }
  const lines = [...byHolder].flatMap(([holder, sockets]): Choice<Picked>[] => [
    { label: forQuickPick(holder), kind: vscode.QuickPickItemKind.Separator, value: undefined },
    ...sockets.map((socket) => item(socket, holder)),
  ]);
  const others = found.length - offered.length;
  return [
    ...(other === undefined ? [] : [{ label: other, value: undefined }]),
    ...lines,
    ...(others > 0 ? outOfScope(others) : []),
  ];
}

function outOfScope(others: number): Choice<Picked>[] {
  return [
    { label: '', kind: vscode.QuickPickItemKind.Separator, value: undefined },
    {
      label: t('{0} more, which belong to others', numberText(others)),
      description: t('setting sockscope.agent.scope: all'),
      value: 'scope',
    },
  ];
}

function item(socket: Socket, holder: string): Choice<Socket> {
  const description = forQuickPick(`${socket.protocol} ${socket.state} · ${holder}`);
  return { label: withArrow(formatTuple(socket)), description, value: socket };
}
