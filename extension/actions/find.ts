/** Find in Tree: any socket that the filter matches, also one whose row is not loaded yet. */

import * as vscode from 'vscode';
import { formatTuple } from '../../agent/protocol';
import { commands } from '../base/ids';
import { withArrow } from '../base/text';
import type { Context } from '../context';
import { revealSocket } from '../tree/reveal-socket';
import type { SocketTree } from '../tree/socket-tree';
import { pickSocket } from './socket-pick';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree): void {
  context.command(commands.find, async () => {
    const { filter } = tree.live.choices;
    const socket = await pickSocket(context, { title: t('Find in Tree'), filter, accepts: () => true });
    if (!socket) return;
    const name = withArrow(formatTuple(socket));
    await revealSocket(context, tree, socket, { name, gone: t('{0} is closed.', name) });
  });
}
