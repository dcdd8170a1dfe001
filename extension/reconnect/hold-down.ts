/** Hold Down: a remote is held down for a while, for what a row or a filter names. */

import * as vscode from 'vscode';
import { type OutageParams, startOutage } from '../../agent/protocol';
import { confirmAct } from '../confirm-act';
import type { Context } from '../context';
import { chosenNodes } from '../destroy';
import { logLine, report } from '../destroy-text';
import { commands } from '../ids';
import type { Launcher } from '../launch';
import { listAll } from '../list';
import type { SocketTree } from '../socket-tree';
import { isConnection } from '../sockets';
import type { Node } from '../view-window';
import { aimOf } from './aim';
import { askDuration, askFault, askFilter } from './fault-choices';
import { outageQuestion } from './fault-text';

const t = vscode.l10n.t;

export function activate(context: Context, tree: SocketTree, launcher: Launcher): void {
  context.command(commands.holdDown, async (given?: Node | OutageParams, nodes?: readonly Node[]) => {
    const held = context.link.hold();
    try {
      const params = isParams(given) ? given : await askAll(context, tree, given, nodes);
      const agent = await launcher.start();
      const { outage, destroyed } = await agent.request(startOutage, params);
      context.log.info(`outage ${outage.id}: ${outage.target}: ${outage.fault} until ${outage.endsAt}`);
      for (const result of destroyed) context.log.info(`destroy ${logLine(result)}`);
      const { kind, message } = report(t, destroyed);
      if (kind === 'warning') context.toast(kind, message);
      return outage;
    } finally {
      held.dispose();
      void tree.live.refresh();
    }
  });
}

/** Other extensions and tests say all of it, and are not asked. */
function isParams(given: Node | OutageParams | undefined): given is OutageParams {
  return given !== undefined && 'filter' in given;
}

async function askAll(
  context: Context,
  tree: SocketTree,
  node?: Node,
  nodes?: readonly Node[],
): Promise<OutageParams> {
  const title = t('Hold Down');
  const chosen = chosenNodes(tree, node, nodes);
  const connection = await context.link.connect();
  const filter =
    chosen.length > 0 ? await aimOf(t, connection, chosen, tree.live.surroundings) : await askFilter(title);
  const params = { filter, fault: await askFault(title), forMs: await askDuration(title), detach: false };
  const seen = (await listAll(await context.link.connect(), filter)).filter(
    (socket) => isConnection(socket) && !socket.lifeline,
  );
  const agent = await context.link.agent();
  await confirmAct(outageQuestion(t, params, seen), agent !== undefined, {
    yes: t('Hold Down'),
    start: t('Start Agent and Hold Down'),
  });
  return params;
}
